/**
 * Refusals that are about the account, and neither about a right of the caller nor about the input: by AWS's own words,
 * since one exception stands for many causes, and one cause comes as several exceptions. The words are those of public
 * reports; see "Troubleshooting Amazon Bedrock API Error Codes" and "Request access to models" in Bedrock's User Guide.
 */
import { EXPLICIT_DENY } from "../aws/denial";
import { sentences } from "./service-words";

export interface AccountRefusal {
  /** One sentence with the cure. */
  readonly advice: string;
  /** True when it may end by itself: while an account is being set up, calls succeed and fail for some minutes. */
  readonly mayPass: boolean;
  /** The part of the message that was recognised: all of it that is sure to be AWS's. */
  readonly words: string;
}

interface Row {
  /** Beginnings of a message, whatever exception it comes with. */
  readonly begins?: RegExp;
  /** Words anywhere in an AccessDeniedException: its message names caller and resource, and nothing of the input. */
  readonly within?: RegExp;
  readonly mayPass: boolean;
  readonly advice: (model: string, found: RegExpExecArray) => string;
}

/** The first that fits counts. */
const ROWS: readonly Row[] = [
  {
    begins: sentences([
      "Model use case details have not been submitted for this account\\b",
      "You have not filled out the required use.case form\\b",
    ]),
    within: /\buse.case (?:details|form)\b/i,
    mayPass: true,
    advice: (model) =>
      `Anthropic's use-case form is missing for this account, and ${model} answers nobody without it: fill it in once (Bedrock's console, model catalog, any Claude model), wait for up to 15 minutes, and start again.`,
  },
  {
    begins: sentences(["Model access is denied due to INVALID_PAYMENT_INSTRUMENT\\b"]),
    within: /INVALID_PAYMENT_INSTRUMENT|\bpayment (?:instrument|method)\b/i,
    mayPass: true,
    advice: (model) =>
      `The account has no valid means of payment for ${model}, which is sold on AWS Marketplace: add one under Billing, wait for some minutes, and start again.`,
  },
  {
    // Before Marketplace, whose actions a policy may forbid as well.
    within: EXPLICIT_DENY,
    mayPass: false,
    advice: (model, [, policy = "policy"]) =>
      `An explicit deny in a ${policy.toLowerCase()} forbids ${model}: ask whoever administers the account to allow bedrock:InvokeModel in each region that the model runs in; a profile that begins with global. runs in all of them, one such as eu. or us. in those of its geography.`,
  },
  {
    begins: sentences([
      "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions\\b",
    ]),
    within: /aws-marketplace:|\bAWS Marketplace\b/i,
    mayPass: true,
    advice: (model) =>
      `The account is not subscribed to ${model} on AWS Marketplace: call the model once as somebody who may aws-marketplace:ViewSubscriptions and aws-marketplace:Subscribe, wait for some minutes, and start again.`,
  },
  {
    within: /\bagreement\b/i,
    mayPass: true,
    advice: (model) =>
      `The account's agreement for ${model} is not in force yet: wait for a quarter of an hour, and start again.`,
  },
  {
    begins: sentences([
      "Access to Anthropic models is not allowed from unsupported countries, regions, or territories\\b",
    ]),
    within: /\bunsupported countries\b/i,
    mayPass: false,
    advice: (model) =>
      `Anthropic does not serve the country of this account, so ${model} answers nobody there: give another model with --summary-model.`,
  },
  {
    begins: sentences(["Your account is not authorized to invoke this API operation\\b", "Operation not allowed\\.?$"]),
    within: /^Your account\b/i,
    mayPass: false,
    advice: (model) =>
      `AWS does not let this account call ${model}: try the model once in the playground of Bedrock's console, and ask AWS Support to lift the limit of a new account.`,
  },
];

/** The refusal that a message begins with, when it is about the account. */
export function accountRefusal(message: string, model: string): AccountRefusal | undefined {
  return firstOf(({ begins }) => begins?.exec(message), model);
}

/** The same for an AccessDeniedException; undefined when the caller merely lacks the right. */
export function deniedRefusal(message: string, model: string): AccountRefusal | undefined {
  return firstOf(({ begins, within }) => begins?.exec(message) ?? within?.exec(message), model);
}

function firstOf(match: (row: Row) => RegExpExecArray | null | undefined, model: string): AccountRefusal | undefined {
  for (const row of ROWS) {
    const found = match(row);
    if (found !== null && found !== undefined)
      return { advice: row.advice(model, found), mayPass: row.mayPass, words: found[0] };
  }
  return undefined;
}
