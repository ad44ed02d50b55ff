/** What a model's name stands for on Bedrock, and whether this account may call it. */
import {
  GetFoundationModelAvailabilityCommand,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
} from "@aws-sdk/client-bedrock";
import { JobError } from "../../src/errors";
import { type Aws, call } from "./aws";

/** Of inference profiles: a geography before the model's own name. */
const PROFILE = /^(?:global|apac|us-gov|[a-z]{2})\.[a-z0-9-]+\./;
const PROFILE_ARN = /:(?:application-)?inference-profile\//;
const UNKNOWN = ["ResourceNotFoundException", "ValidationException"];

/**
 * The ARNs that a role must be allowed to call: of the model, or of the inference profile and each model that it routes to.
 * Rejects with MODEL_NOT_FOUND when the model is unknown here or not enabled. `say` gets a line about what will end soon.
 */
export async function modelArns(aws: Aws, model: string, say: (line: string) => void): Promise<readonly string[]> {
  if (model.startsWith("arn:") && !PROFILE_ARN.test(model)) return [model];
  if (PROFILE.test(model) || PROFILE_ARN.test(model)) return profileArns(aws, model);
  await refuseUnusable(aws, model, say);
  return [`arn:\${AWS::Partition}:bedrock:\${AWS::Region}::foundation-model/${model}`];
}

async function profileArns(aws: Aws, profile: string): Promise<readonly string[]> {
  const answer = await known(profile, aws, () =>
    aws.models.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: profile })),
  );
  const models = (answer.models ?? []).flatMap(({ modelArn }) => (modelArn === undefined ? [] : [modelArn]));
  return [answer.inferenceProfileArn ?? profile, ...models];
}

async function refuseUnusable(aws: Aws, model: string, say: (line: string) => void): Promise<void> {
  const { modelDetails } = await known(model, aws, () =>
    aws.models.send(new GetFoundationModelCommand({ modelIdentifier: model })),
  );
  if (modelDetails?.modelLifecycle?.status === "LEGACY") {
    say(`The model ${model} is near the end of its life: choose another one soon.`);
  }
  const { authorizationStatus, entitlementAvailability, regionAvailability } = await known(model, aws, () =>
    aws.models.send(new GetFoundationModelAvailabilityCommand({ modelId: model })),
  );
  if (regionAvailability === "NOT_AVAILABLE") throw notHere(model, aws);
  if (authorizationStatus === "NOT_AUTHORIZED" || entitlementAvailability === "NOT_AVAILABLE") {
    throw new JobError(
      "MODEL_NOT_FOUND",
      `The account has no access to the model ${model}: ask for it under "Model access" in the Bedrock console of ${aws.region}.`,
    );
  }
}

async function known<T>(model: string, aws: Aws, send: () => Promise<T>): Promise<T> {
  try {
    return await call(`looking for the model ${model}`, send, UNKNOWN);
  } catch (error) {
    if (error instanceof JobError) throw error;
    throw notHere(model, aws, error);
  }
}

function notHere(model: string, { region }: Aws, cause?: unknown): JobError {
  const message = `Bedrock knows no model ${model} in ${region}: check its name and the region.`;
  return new JobError("MODEL_NOT_FOUND", message, { cause });
}
