/** Refusals of AWS by name, each with the status, the exception and the words of public reports. */
import { AwsError, throttled, unavailable, validation } from "./aws-error";

const MARKETPLACE =
  "Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes.";

const denied = (message: string): AwsError => new AwsError(403, "AccessDeniedException", message);
const missing = (message: string): AwsError => new AwsError(404, "ResourceNotFoundException", message);

const CALLER =
  "User: arn:aws:sts::123456789012:assumed-role/job/worker is not authorized to perform: bedrock:InvokeModel";
const RESOURCE = "on resource: arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0";

export const REFUSALS = {
  /** The account's use-case form for Anthropic's models is missing. */
  useCaseForm: () =>
    missing(
      "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.",
    ),
  useCaseFormInvalid: () =>
    validation(
      "The model returned the following errors: You have not filled out the required use-case form for this model.",
    ),
  marketplace: () =>
    denied(
      `Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock documentation for further details. ${MARKETPLACE}`,
    ),
  payment: () =>
    denied(
      `Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.. ${MARKETPLACE}`,
    ),
  /** The account's agreement for the model, made at its first use, is not in force yet. */
  agreement: () => denied("The agreement for this model is pending. Try again in 15 minutes."),
  /** A policy of the organization forbids the region that a profile routes to. */
  serviceControlPolicy: () => denied(`${CALLER} ${RESOURCE} with an explicit deny in a service control policy`),
  identityPolicy: () => denied(`${CALLER} ${RESOURCE} because no identity-based policy allows the action`),
  modelAccess: () => denied("You don't have access to the model with the specified model ID."),
  accountNotAuthorized: () => validation("Your account is not authorized to invoke this API operation."),
  operationNotAllowed: () => validation("Operation not allowed"),
  country: () =>
    validation(
      "Access to Anthropic models is not allowed from unsupported countries, regions, or territories. Please refer to https://www.anthropic.com/supported-countries for more information on the countries and regions Anthropic currently supports.",
    ),
  tokensPerDay: () =>
    new AwsError(429, "ThrottlingException", "Too many tokens per day, please wait before trying again."),
  throttled,
  unavailable,
  /** A refusal in words that nobody has seen yet. */
  unheardOf: () => validation("The gateway of this account is asleep."),
} as const satisfies Readonly<Record<string, () => AwsError>>;

export type RefusalName = keyof typeof REFUSALS;

export const REFUSAL_NAMES = Object.keys(REFUSALS) as [RefusalName, ...RefusalName[]];
