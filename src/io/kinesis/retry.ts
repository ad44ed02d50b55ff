/** What to do about an error of Kinesis: a pure decision. */
import { JobError } from "../../chat/errors";

export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number; readonly throttled: boolean }
  /** Ask for a new iterator at the same position; nothing is wrong. */
  | { readonly kind: "renewIterator" }
  | { readonly kind: "fatal"; readonly error: JobError };

const FIRST_DELAY_MS = 200;
/** The longest pause: short enough that a service that is back is noticed at once by human standards. */
const MAX_DELAY_MS = 10_000;

const EXPIRED = new Set(["ExpiredIteratorException", "ExpiredNextTokenException"]);
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "LimitExceededException",
  "KMSThrottlingException",
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
  "RequestLimitExceeded",
]);
const DENIED = new Set([
  "AccessDeniedException",
  "AccessDenied",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "OptInRequired",
  "NotAuthorized",
]);
const EXPIRED_CREDENTIALS = new Set(["ExpiredTokenException", "ExpiredToken", "RequestExpired"]);
const KEY_UNUSABLE = new Set([
  "KMSAccessDeniedException",
  "KMSDisabledException",
  "KMSInvalidStateException",
  "KMSNotFoundException",
  "KMSOptInRequired",
]);

export interface FailedCall {
  readonly operation: "ListShards" | "GetShardIterator" | "GetRecords" | "PutRecords" | "DescribeStream";
  readonly streamName: string;
  /** 1 for the first failure in a row. */
  readonly attempt: number;
  /** In [0, 1): spreads the retries of many shards. */
  readonly random: number;
}

/**
 * Temporary trouble (throttling, 5xx, network, credentials that cannot be fetched just now) is tried again for ever,
 * with delays that grow; everything that waiting cannot mend is fatal. Error names are those of the Kinesis Data Streams
 * API Reference, per operation and "Common Errors".
 */
export function decide(error: unknown, call: FailedCall): RetryDecision {
  const name = errorName(error);
  if (EXPIRED.has(name)) return { kind: "renewIterator" };
  const delayMs = backOffMs(call.attempt, call.random);
  if (THROTTLED.has(name)) return { kind: "retry", delayMs, throttled: true };
  const fatal = fatalError(error, name, call);
  return fatal === undefined ? { kind: "retry", delayMs, throttled: false } : { kind: "fatal", error: fatal };
}

/** Doubles up to the longest pause; the upper half of it is random. */
export function backOffMs(attempt: number, random: number): number {
  const longestMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(longestMs * (0.5 + random / 2));
}

function fatalError(error: unknown, name: string, { operation, streamName }: FailedCall): JobError | undefined {
  const options = { cause: error };
  if (name === "ResourceNotFoundException") {
    return new JobError(
      "STREAM_NOT_FOUND",
      `The Kinesis stream "${streamName}" does not exist, or a shard of it is gone: check the stream's name and the region.`,
      options,
    );
  }
  if (DENIED.has(name)) {
    return new JobError(
      "ACCESS_DENIED",
      `Kinesis refused ${operation} on the stream "${streamName}" (${name}): check the credentials and that they allow kinesis:${operation}.`,
      options,
    );
  }
  if (EXPIRED_CREDENTIALS.has(name)) {
    return new JobError("ACCESS_DENIED", `The AWS credentials have expired (${name}): renew them.`, options);
  }
  if (KEY_UNUSABLE.has(name)) {
    return new JobError(
      "ACCESS_DENIED",
      `The stream "${streamName}" is encrypted with a key that cannot be used (${name}): check the key and its policy.`,
      options,
    );
  }
  const status = httpStatus(error);
  if (status === undefined || status >= 500 || status === 429 || status < 400) return undefined;
  // A start time that the service's clock has not reached yet: it will.
  if (operation === "GetShardIterator" && /timestampInMillis/i.test(errorMessage(error))) return undefined;
  return new JobError(
    "PIPELINE",
    `Kinesis refused ${operation} on the stream "${streamName}" (${name}): ${errorMessage(error)}`,
    options,
  );
}

/** The service's own name of an error; "" for what is no error object. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}
