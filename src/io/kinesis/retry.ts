/** Decides about an error of Kinesis: a pure function. */
import type { BackOff } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { credentialsAdvice } from "../aws/credentials";
import { denialSentence, deniedWords } from "../aws/denial";
import { type AwsFailure, failureOf } from "../aws/failure";
import { type AwsFailureKind, kindOf } from "../aws/kind";
import { ownWords } from "../aws/own-words";
import type { RetryCauseOf } from "../retry-causes";

export type RetryDecision =
  | { readonly kind: "retry"; readonly cause: RetryCauseOf<"source">; readonly retryAfterMs?: number | undefined }
  /** The iterator must be renewed at the same position; nothing is wrong. */
  | { readonly kind: "renewIterator" }
  | { readonly kind: "fatal"; readonly error: JobError };

/** The longest pause is short enough that a person notices no delay after a service is back. */
export const KINESIS_BACK_OFF: BackOff = { baseMs: 200, capMs: 10_000, jitter: 0.5 };

const EXPIRED = new Set(["ExpiredIteratorException", "ExpiredNextTokenException"]);
const KEY_UNUSABLE = new Set([
  "KMSAccessDeniedException",
  "KMSDisabledException",
  "KMSInvalidStateException",
  "KMSNotFoundException",
  "KMSOptInRequired",
]);

/** Operations that take a start time. */
const STARTS_AT_TIME: ReadonlySet<KinesisCall["operation"]> = new Set(["GetShardIterator", "ListShards"]);

export interface KinesisCall {
  readonly operation: "ListShards" | "GetShardIterator" | "GetRecords" | "PutRecords" | "DescribeStream";
  readonly streamName: string;
}

/**
 * Decides to retry temporary trouble for ever (throttling, 5xx, network, credentials that cannot be fetched just now);
 * everything that waiting cannot mend is fatal. Kinesis's own error names are those of its API Reference, per
 * operation.
 */
export function decide(error: unknown, call: KinesisCall): RetryDecision {
  const failure = failureOf(error);
  if (EXPIRED.has(failure.name)) return { kind: "renewIterator" };
  const fatal = fatalError(failure, call, error);
  if (fatal !== undefined) return { kind: "fatal", error: fatal };
  return { kind: "retry", cause: causeOf(kindOf(failure)), retryAfterMs: failure.retryAfterMs };
}

function causeOf(kind: AwsFailureKind): RetryCauseOf<"source"> {
  switch (kind) {
    case "throttled":
      return kind;
    case "quota":
      // LimitExceededException is a rate here: a bound of ListShards or DescribeStream calls a second.
      return "throttled";
    case "timedOut":
      return "timeout";
    case "credentialsMissing":
      return "credentials";
    case "clockOff":
      return "clock";
    case "unavailable":
    case "network":
    case "conflict":
      return kind;
    case "unknown":
    case "invalid":
    case "notFound":
    case "denied":
    case "credentialsExpired":
    case "credentialsRefused":
      return "_OTHER";
  }
}

function fatalError(failure: AwsFailure, { operation, streamName }: KinesisCall, cause: unknown): JobError | undefined {
  const { name, message, statusCode } = failure;
  if (KEY_UNUSABLE.has(name)) {
    return new JobError(
      "ACCESS_DENIED",
      `The stream "${streamName}" is encrypted with a key that cannot be used (${name}): check the key and its policy.${ownWords(message)}`,
      { cause },
    );
  }
  const kind = kindOf(failure);
  switch (kind) {
    case "notFound":
      return new JobError(
        "STREAM_NOT_FOUND",
        `The Kinesis stream "${streamName}" does not exist, or a shard of it is gone: check the stream's name and the region.${ownWords(message)}`,
        { cause },
      );
    case "denied":
      return new JobError(
        "ACCESS_DENIED",
        denialSentence(
          `Kinesis refused ${operation} on the stream "${streamName}"`,
          `allow kinesis:${operation} to these credentials`,
          { name, message: deniedWords(failure) },
        ),
        { cause },
      );
    case "credentialsExpired":
    case "credentialsRefused":
      return new JobError("NO_CREDENTIALS", credentialsAdvice(kind, "Kinesis", name), { cause });
    case "unknown":
      if (statusCode === undefined) return undefined;
      break;
    case "invalid":
      // The start time is ahead of the service's clock, which will reach it.
      if (STARTS_AT_TIME.has(operation) && /timestamp/i.test(message)) return undefined;
      break;
    // Somebody is creating or changing the stream, which ends. After `clockOff` the SDK signs by the service's time.
    case "conflict":
    case "throttled":
    case "quota":
    case "unavailable":
    case "timedOut":
    case "network":
    case "credentialsMissing":
    case "clockOff":
      return undefined;
  }
  return new JobError(
    "PIPELINE",
    `Kinesis refused ${operation} on the stream "${streamName}" (${name}).${ownWords(message)}`,
    {
      cause,
    },
  );
}
