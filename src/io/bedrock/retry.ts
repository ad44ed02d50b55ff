/**
 * Decides about a failed call: a pure function of the failure. Sources of the classes: the Bedrock Runtime API
 * reference ("Troubleshooting Amazon Bedrock API Error Codes"), and the common errors of all AWS services.
 */
import type { BackOff } from "../../beam/retry";
import { type FatalCode, JobError } from "../../chat/errors";
import { credentialsAdvice } from "../aws/credentials";
import type { AwsFailure } from "../aws/failure";
import { kindOf } from "../aws/kind";

/** The meaning of a retry for rate control. `modelError` may be the input's fault, so it is bounded. */
export type RetryCause = "throttled" | "unavailable" | "timedOut" | "modelError";

export type Decision =
  | { readonly kind: "retry"; readonly cause: RetryCause; readonly retryAfterMs?: number }
  /** The input is longer than the model takes; a shorter one may succeed. */
  | { readonly kind: "tooLong"; readonly reason: string }
  /** The input can never succeed. `reason` is our own sentence: a service's message may quote the input. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "fatal"; readonly code: FatalCode; readonly message: string };

/**
 * Pauses, all of them random. A throttled call waits long, because quotas are counted by the minute; the others wait
 * briefly, because during an outage the rate controller lets through single probes only, and waiting here would delay
 * recovery.
 */
export const BACK_OFF: Readonly<Record<RetryCause, BackOff>> = {
  throttled: { baseMs: 500, capMs: 20_000, jitter: 1 },
  unavailable: { baseMs: 100, capMs: 1_000, jitter: 1 },
  timedOut: { baseMs: 100, capMs: 1_000, jitter: 1 },
  modelError: { baseMs: 500, capMs: 5_000, jitter: 1 },
};

/** Exceptions that the Bedrock Runtime alone raises. */
const MODEL_TROUBLE: ReadonlyMap<string, RetryCause> = new Map([
  ["ModelTimeoutException", "timedOut"],
  ["ModelErrorException", "modelError"],
  ["ModelNotReadyException", "unavailable"],
  ["ModelStreamErrorException", "unavailable"],
]);

/** Decides about a failed call of `model`. */
export function decide(failure: AwsFailure, model: string): Decision {
  const kind = kindOf(failure);
  const { name, message, statusCode } = failure;
  const cause = kind === "timedOut" ? kind : MODEL_TROUBLE.get(name);
  if (cause !== undefined) return retry(cause, failure);
  switch (kind) {
    case "throttled":
    case "quota":
      // A quota of the Runtime is by the minute or the day, so it comes back.
      return retry("throttled", failure);
    case "unavailable":
    case "network":
    case "timedOut":
      return retry("unavailable", failure);
    case "credentialsMissing":
    case "credentialsExpired":
    case "credentialsRefused":
      return fatal("NO_CREDENTIALS", credentialsAdvice(kind, "Bedrock", name));
    case "denied":
      return fatal("ACCESS_DENIED", accessAdvice(model));
    case "notFound":
      return fatal("MODEL_NOT_FOUND", missingModelAdvice(message, model));
    case "unknown":
      return statusCode === undefined && name !== "UnknownOperationException"
        ? fatal("PIPELINE", `The call of ${model} failed in this program (${name}).`)
        : fatal(
            "SERVICE_UNREACHABLE",
            "The endpoint does not speak the Bedrock Runtime API; check --bedrock-endpoint.",
          );
    case "invalid":
    case "conflict":
      if (name === "ValidationException") return decideValidation(message, model);
      if (statusCode === 413) return { kind: "tooLong", reason: "the request is larger than the service takes" };
      return { kind: "refused", reason: `the service rejected the request (${name}, HTTP ${statusCode ?? "none"})` };
  }
}

/**
 * Sentences of the service and of models behind it, whole or by their beginning: the rest may quote the chat, which
 * must decide nothing.
 */
const SAYS = {
  tooLong: sentences([
    "Input is too long for requested model\\.?$",
    "(?:messages[.\\d]*: )?prompt is too long: \\d+ tokens > \\d+ maximum$",
    "input length and `max_tokens` exceed context limit: \\d+ \\+ \\d+ > \\d+\\b",
    "(?:400 Bad Request: )?Too many input tokens\\. Max input tokens: \\d+\\b",
    "Input Tokens Exceeded: Number of input tokens exceeds maximum length\\b",
    "#/inputText: expected maxLength: \\d+, actual: \\d+\\b",
    "This model's maximum context length is \\d+ tokens\\b",
  ]),
  unknownModel: sentences(["The provided model identifier is invalid\\.?$"]),
  retired: sentences([
    "(?:Access denied\\. )?This model is marked by provider as legacy\\b",
    "This model version has reached the end of its life\\b",
  ]),
  needsProfile: sentences(["Invocation of model ID \\S+ with on-demand throughput isn.t supported\\b"]),
  denied: sentences(["Operation not allowed\\.?$"]),
  noTool: sentences(["This model (?:doesn.t|does not) support (?:tool|the tool|system)"]),
  answerTooLong: sentences(["The maximum tokens you requested exceeds\\b", "max_tokens: \\d+ > \\d+\\b"]),
  dimensions: sentences(["extraneous key \\[dimensions\\]", "#/dimensions: "]),
  filtered: sentences(["(?:Output|Input) blocked by content filter"]),
} as const;

/** Matches the sentences, after any beginning that the service itself puts before them. */
function sentences(forms: readonly string[]): RegExp {
  return new RegExp(
    `^(?:The model returned the following errors: |Malformed input request: |\\d+ schema violations? found: )*(?:${forms.join("|")})`,
    "i",
  );
}

/** Validation errors are about the settings (fatal), the length (mendable), or the content (a dead letter). */
function decideValidation(message: string, model: string): Decision {
  if (SAYS.tooLong.test(message)) return { kind: "tooLong", reason: "the input is longer than the model takes" };
  if (SAYS.unknownModel.test(message) || SAYS.retired.test(message) || SAYS.needsProfile.test(message)) {
    return fatal("MODEL_NOT_FOUND", missingModelAdvice(message, model));
  }
  if (SAYS.denied.test(message)) return fatal("ACCESS_DENIED", accessAdvice(model));
  if (SAYS.noTool.test(message)) {
    return fatal("BAD_OPTION", `${model} cannot be made to call a tool; use --structured text.`);
  }
  if (SAYS.answerTooLong.test(message)) {
    return fatal("BAD_OPTION", `${model} does not write answers of so many tokens; lower --max-tokens.`);
  }
  if (SAYS.dimensions.test(message)) {
    return fatal("BAD_OPTION", `${model} does not take these dimensions; check --embedding-dimensions.`);
  }
  if (SAYS.filtered.test(message)) return { kind: "refused", reason: "a content filter blocked the session" };
  return { kind: "refused", reason: "the model rejected the request as invalid (ValidationException)" };
}

/** Makes a fatal decision the error that ends the run. */
export function jobErrorOf(decision: Extract<Decision, { kind: "fatal" }>, cause: unknown): JobError {
  return new JobError(decision.code, decision.message, { cause });
}

function retry(cause: RetryCause, { retryAfterMs }: AwsFailure): Decision {
  return { kind: "retry", cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function fatal(code: FatalCode, message: string): Decision {
  return { kind: "fatal", code, message };
}

function accessAdvice(model: string): string {
  return `Access to ${model} was denied; allow bedrock:InvokeModel on the model (and on its inference profile), and enable the model for the account in the Bedrock console.`;
}

function missingModelAdvice(message: string, model: string): string {
  if (SAYS.retired.test(message)) {
    return `${model} has reached its end of life on Bedrock, or is closed to new users; choose one that lives, such as the default.`;
  }
  if (SAYS.needsProfile.test(message)) {
    return `${model} can only be called through an inference profile; use its id with a prefix, such as global.${model} or us.${model}.`;
  }
  return `${model} does not exist in this region; check the model's id and the region, or use an inference profile of your region.`;
}
