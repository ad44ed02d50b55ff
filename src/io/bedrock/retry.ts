/**
 * What to do about a failed call: a pure function of the failure. Sources of the classes: the Bedrock Runtime API
 * reference ("Troubleshooting Amazon Bedrock API Error Codes"), and the common errors of all AWS services.
 */
import { type FatalCode, JobError } from "../../chat/errors";

/** What is known of a failure, whoever raised it. */
export interface Failure {
  /** The exception's or error's name. */
  readonly name: string;
  readonly message: string;
  readonly statusCode?: number;
  /** A network error's code, such as ECONNRESET. */
  readonly networkCode?: string;
  /** Whether our own request time-out ended the call. */
  readonly timedOut: boolean;
}

/** What a retry says about the service, for rate control. `modelError` may be the input's fault, so it is bounded. */
export type RetryCause = "throttled" | "unavailable" | "timedOut" | "modelError";

export type Decision =
  | { readonly kind: "retry"; readonly cause: RetryCause }
  /** The input is longer than the model takes; a shorter one may succeed. */
  | { readonly kind: "tooLong"; readonly reason: string }
  /** The input can never succeed. `reason` is ours: a service's own message may quote the input. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "fatal"; readonly code: FatalCode; readonly message: string };

const THROTTLED = new Set([
  "ThrottlingException",
  "Throttling",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "ServiceQuotaExceededException",
]);
const UNAVAILABLE = new Set([
  "ServiceUnavailableException",
  "ServiceUnavailable",
  "InternalServerException",
  "InternalFailure",
  "ModelNotReadyException",
  "ModelStreamErrorException",
]);
const BAD_CREDENTIALS = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "MissingAuthenticationTokenException",
  "MissingAuthenticationToken",
  "IncompleteSignature",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "ExpiredTokenException",
  "ExpiredToken",
  "RequestExpired",
  "OptInRequired",
  "CredentialsProviderError",
  "TokenProviderError",
]);
const NETWORK_CODES =
  /^(ECONN|EPIPE$|ETIMEDOUT$|ESOCKETTIMEDOUT$|EAI_AGAIN$|ENOTFOUND$|EHOSTUNREACH$|ENETUNREACH$|ENETDOWN$|EADDRNOTAVAIL$|ERR_HTTP2|ERR_STREAM_PREMATURE_CLOSE$|HPE_|ERR_SSL|UND_)/;

/** The decision about a failed call of `model`. */
export function decide(failure: Failure, model: string): Decision {
  const { name, message, statusCode } = failure;
  if (failure.timedOut || name === "TimeoutError" || name === "ModelTimeoutException") return retry("timedOut");
  if (THROTTLED.has(name)) return retry("throttled");
  if (name === "ModelErrorException") return retry("modelError");
  if (UNAVAILABLE.has(name)) return retry("unavailable");
  if (failure.networkCode !== undefined && NETWORK_CODES.test(failure.networkCode)) return retry("unavailable");
  if (BAD_CREDENTIALS.has(name)) return fatal("NO_CREDENTIALS", credentialsAdvice(name));
  if (name === "AccessDeniedException" || name === "NotAuthorized") return fatal("ACCESS_DENIED", accessAdvice(model));
  if (name === "ResourceNotFoundException") return fatal("MODEL_NOT_FOUND", missingModelAdvice(message, model));
  if (name === "UnknownOperationException") {
    return fatal(
      "SERVICE_UNREACHABLE",
      "The endpoint does not speak the Bedrock Runtime API; check --bedrock-endpoint.",
    );
  }
  if (name === "ValidationException") return decideValidation(message, model);
  if (statusCode === undefined) return fatal("PIPELINE", `The call of ${model} failed in this program (${name}).`);
  return decideByStatus(name, statusCode, model);
}

/** Proxies and balancers answer without the service's exception names. */
function decideByStatus(name: string, statusCode: number, model: string): Decision {
  if (statusCode === 429) return retry("throttled");
  // An answer that is no JSON although the status says success was broken on its way.
  if (statusCode >= 500 || statusCode === 408 || statusCode < 400) return retry("unavailable");
  if (statusCode === 401) return fatal("NO_CREDENTIALS", credentialsAdvice(name));
  if (statusCode === 403) return fatal("ACCESS_DENIED", accessAdvice(model));
  if (statusCode === 413) return { kind: "tooLong", reason: "the request is larger than the service takes" };
  if (statusCode === 404) {
    return fatal(
      "SERVICE_UNREACHABLE",
      "The endpoint does not speak the Bedrock Runtime API; check --bedrock-endpoint.",
    );
  }
  return { kind: "refused", reason: `the service rejected the request (${name}, HTTP ${statusCode})` };
}

/** Validation errors are about the settings (fatal), the length (mendable), or the content (a dead letter). */
function decideValidation(message: string, model: string): Decision {
  if (/too long|too many (input )?tokens|maxlength|input length|context (window|length|limit)/i.test(message)) {
    return { kind: "tooLong", reason: "the input is longer than the model takes" };
  }
  if (/model identifier is invalid|on-demand throughput isn.t supported|end of its life|as legacy/i.test(message)) {
    return fatal("MODEL_NOT_FOUND", missingModelAdvice(message, model));
  }
  if (/^operation not allowed/i.test(message)) return fatal("ACCESS_DENIED", accessAdvice(model));
  if (/(doesn.t|does not) support (tool|the tool|system)/i.test(message)) {
    return fatal("BAD_OPTION", `${model} cannot be made to call a tool; use --structured text.`);
  }
  if (/maximum tokens you requested|max_tokens: /i.test(message)) {
    return fatal("BAD_OPTION", `${model} does not write answers of so many tokens; lower --max-tokens.`);
  }
  if (/extraneous key|#\/dimensions/i.test(message)) {
    return fatal("BAD_OPTION", `${model} does not take these dimensions; check --embedding-dimensions.`);
  }
  if (/content filter|guardrail|blocked/i.test(message)) {
    return { kind: "refused", reason: "a content filter blocked the session" };
  }
  return { kind: "refused", reason: "the model rejected the request as invalid (ValidationException)" };
}

/** A fatal decision as the error that ends the run. */
export function jobErrorOf(decision: Extract<Decision, { kind: "fatal" }>, cause: unknown): JobError {
  return new JobError(decision.code, decision.message, { cause });
}

function retry(cause: RetryCause): Decision {
  return { kind: "retry", cause };
}

function fatal(code: FatalCode, message: string): Decision {
  return { kind: "fatal", code, message };
}

function credentialsAdvice(name: string): string {
  if (/expired/i.test(name)) return "The AWS credentials have expired; renew them (for instance with `aws sso login`).";
  if (/Provider/.test(name)) {
    return "No AWS credentials were found; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run with a role.";
  }
  return `AWS does not accept the credentials (${name}); check the key pair, the session token, the region and the clock.`;
}

function accessAdvice(model: string): string {
  return `Access to ${model} was denied; allow bedrock:InvokeModel on the model (and on its inference profile), and enable the model for the account in the Bedrock console.`;
}

function missingModelAdvice(message: string, model: string): string {
  if (/legacy|end of (its )?life/i.test(message)) {
    return `${model} has reached its end of life on Bedrock, or is closed to new users; choose one that lives, such as the default.`;
  }
  if (/on-demand throughput/i.test(message)) {
    return `${model} can only be called through an inference profile; use its id with a prefix, such as global.${model} or us.${model}.`;
  }
  return `${model} does not exist in this region; check the model's id and the region, or use an inference profile of your region.`;
}
