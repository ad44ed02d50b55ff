/** Resolves models' names on Bedrock, and checks that this account may call them. */
import {
  GetFoundationModelAvailabilityCommand,
  type GetFoundationModelAvailabilityResponse,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
} from "@aws-sdk/client-bedrock";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { bareModelId } from "../../src/io/aws/model-id";
import { elsewhereAdvice } from "../../src/io/bedrock/region-models";
import { type Aws, call } from "./aws";

/** Ids of inference profiles: a geography before the model's own name. */
const PROFILE = /^(?:global|apac|us-gov|[a-z]{2})\.[a-z0-9-]+\./;
const PROFILE_ARN = /:(?:application-)?inference-profile\//;
const UNKNOWN = ["ResourceNotFoundException", "ValidationException"];

/** The form `arn:aws:bedrock:<region>::foundation-model/<model>`. */
const MODEL_ARN = /^arn:[\w-]+:bedrock:([\w-]*):[^:]*:foundation-model\/(.+)$/;

/**
 * The ARNs that a role must be allowed to call: of the model, or of the inference profile and each model that it routes
 * to. Rejects with MODEL_NOT_FOUND when the model is unknown here, or when the account may not call it. `say` gets a
 * line about models that will end soon, and about those that are not ready yet.
 */
export async function modelArns(aws: Aws, model: string, say: (line: string) => void): Promise<readonly string[]> {
  if (model.startsWith("arn:") && !PROFILE_ARN.test(model)) return [model];
  if (PROFILE.test(model) || PROFILE_ARN.test(model)) return profileArns(aws, model, say);
  const { modelDetails } = await known(model, aws, () =>
    aws.models.send(new GetFoundationModelCommand({ modelIdentifier: model })),
  );
  if (modelDetails?.modelLifecycle?.status === "LEGACY") {
    say(`The model ${model} is near the end of its life: choose another one soon.`);
  }
  const { regionAvailability } = await refuseWithoutAccess(aws, model, say);
  if (regionAvailability === "NOT_AVAILABLE") throw notHere(model, aws);
  return [`arn:\${AWS::Partition}:bedrock:\${AWS::Region}::foundation-model/${model}`];
}

interface TextPlace {
  readonly region: string;
  /** `modelArns` of the model. */
  readonly arns: readonly string[];
  /** False for a default. */
  readonly isChosen: boolean;
}

/** The regions of the models behind a profile; one without a region may be any. */
function destinations(model: string, arns: readonly string[]): readonly string[] {
  const own = bareModelId(model).replace(/^[a-z-]+\.(?=[a-z0-9-]+\.)/, "");
  const regions = arns.flatMap((arn) => {
    const [, region, behind] = MODEL_ARN.exec(arn) ?? [];
    if (region === undefined || (behind !== own && !PROFILE_ARN.test(model))) return [];
    return [region === "" ? "any region" : region];
  });
  return [...new Set(regions)].toSorted();
}

/**
 * Tells in a sentence to which regions a model may take the text of chats, and why that model where nobody chose it.
 */
export function whereTextMayGo(model: string, { region, arns, isChosen }: TextPlace): string {
  const [, geography] = /(?:^|\/)(global|apac|us-gov|[a-z]{2})\.[a-z0-9-]+\./.exec(model) ?? [];
  if (geography === "global") {
    const why = isChosen
      ? "a profile of one geography (us., eu., …) keeps it there, for about a tenth more"
      : `the default, since no geography of ${region} is known to have a profile of its own`;
    return `${model} may take the text of chats to any region of AWS: ${why}.`;
  }
  if (geography !== undefined) {
    const why = isChosen
      ? ""
      : `: the default in ${region}, because text should leave a geography only when somebody chose so; the global. profile costs a tenth less`;
    return `${model} may take the text of chats out of ${region}, but not out of its geography (${geography}: ${destinations(model, arns).join(", ")})${why}.`;
  }
  return PROFILE_ARN.test(model)
    ? `${model} may take the text of chats to ${destinations(model, arns).join(", ")}.`
    : `${model} keeps the text of chats in ${region}.`;
}

async function profileArns(aws: Aws, profile: string, say: (line: string) => void): Promise<readonly string[]> {
  const answer = await known(profile, aws, () =>
    aws.models.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: profile })),
  );
  const models = (answer.models ?? []).flatMap(({ modelArn }) => (modelArn === undefined ? [] : [modelArn]));
  // One agreement of the account covers all regions; only this region's models can be looked up here.
  const here = models.flatMap((arn) => {
    const [, region, model] = MODEL_ARN.exec(arn) ?? [];
    return region === aws.region && model !== undefined ? [model] : [];
  });
  await Promise.all([...new Set(here)].map((model) => refuseWithoutAccess(aws, model, say)));
  return [answer.inferenceProfileArn ?? profile, ...models];
}

async function refuseWithoutAccess(
  aws: Aws,
  model: string,
  say: (line: string) => void,
): Promise<GetFoundationModelAvailabilityResponse> {
  const found = await known(model, aws, () =>
    aws.models.send(new GetFoundationModelAvailabilityCommand({ modelId: model })),
  );
  const { agreementAvailability, authorizationStatus, entitlementAvailability } = found;
  if (authorizationStatus === "NOT_AUTHORIZED" || entitlementAvailability === "NOT_AVAILABLE") {
    throw new JobError(
      "MODEL_NOT_FOUND",
      `The account may not call the model ${model} in ${aws.region}: ask whoever administers it what forbids that.`,
    );
  }
  const agreement = agreementAvailability?.status;
  if (agreement === "PENDING") {
    say(`The account's agreement for the model ${model} is being made: wait a quarter of an hour before you deploy.`);
    return found;
  }
  if (agreement === undefined || agreement === "AVAILABLE") return found;
  throw new JobError(
    "MODEL_NOT_FOUND",
    `The account has no agreement for the model ${model} yet: call it once as somebody with rights on AWS Marketplace, for one of Anthropic's after its form is filled in (docs/managed-flink.md, step 2).`,
  );
}

async function known<T>(model: string, aws: Aws, send: () => Promise<T>): Promise<T> {
  try {
    return await call(`looking for the model ${model}`, send, UNKNOWN);
  } catch (error) {
    if (error instanceof BeamError) throw error;
    throw notHere(model, aws, error);
  }
}

function notHere(model: string, { region }: Aws, cause?: unknown): JobError {
  const message =
    elsewhereAdvice(model, region) ?? `Bedrock knows no model ${model} in ${region}: check its name and the region.`;
  return new JobError("MODEL_NOT_FOUND", message, { cause });
}
