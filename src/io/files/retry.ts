/** Decides about an error of reading or listing files: a pure function. */
import type { BackOff } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { credentialsAdvice, isAboutCredentials } from "../aws/credentials";
import { denialSentence, deniedWords } from "../aws/denial";
import { type AwsFailure, failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";
import { ownWords } from "../aws/own-words";
import { ChangedFile } from "./api";

export type RetryDecision =
  | { readonly kind: "retry"; readonly why: string; readonly retryAfterMs?: number | undefined }
  | { readonly kind: "fatal"; readonly error: JobError };

export const FILES_BACK_OFF: BackOff = { baseMs: 200, capMs: 10_000, jitter: 0.5 };

export interface FilesCall {
  /** Name of the right that it needs on S3; `open` is this machine's own. */
  readonly operation: "s3:ListBucket" | "s3:GetObject" | "s3:PutObject" | "open";
  /** The file's name, or the input's address. */
  readonly name: string;
}

/** Errors of this machine that pass: too many open files, an interrupted or busy device. */
const PASSING = new Set(["EAGAIN", "EBUSY", "EINTR", "EMFILE", "ENFILE", "ENOMEM", "ESTALE", "ETIMEDOUT"]);
const FORBIDDEN = new Set(["EACCES", "EPERM"]);
/** S3's own names, of "List of error codes" in its API Reference. */
const NO_BUCKET = new Set(["NoSuchBucket", "InvalidBucketName"]);
const ELSEWHERE = new Set(["PermanentRedirect", "IllegalLocationConstraintException", "AuthorizationHeaderMalformed"]);
const ARCHIVED = new Set(["InvalidObjectState"]);

/** Decides to retry temporary trouble for ever; everything that waiting cannot mend is fatal. */
export function decide(error: unknown, call: FilesCall): RetryDecision {
  if (error instanceof JobError) return { kind: "fatal", error };
  if (error instanceof ChangedFile) {
    return fatal(
      "INPUT_CHANGED",
      `${call.name} changed, or was removed, while it was read: start again when nothing writes to it. What was indexed is found again and not paid twice.`,
      error,
    );
  }
  const failure = failureOf(error);
  return call.operation === "open" ? decideLocal(failure, call, error) : decideS3(failure, call, error);
}

function decideLocal({ name, networkCode = name }: AwsFailure, call: FilesCall, cause: unknown): RetryDecision {
  if (PASSING.has(networkCode)) return { kind: "retry", why: networkCode };
  const why = FORBIDDEN.has(networkCode)
    ? `${call.name} may not be read by this user (${networkCode}): change its rights.`
    : networkCode === "ENOENT"
      ? `${call.name} does not exist: give --input a file or folder that is there, on every machine that reads it.`
      : `${call.name} cannot be read (${networkCode}).`;
  return fatal(FORBIDDEN.has(networkCode) ? "ACCESS_DENIED" : "INPUT_NOT_FOUND", why, cause);
}

function decideS3(failure: AwsFailure, { operation, name }: FilesCall, cause: unknown): RetryDecision {
  const why = failure.name;
  if (NO_BUCKET.has(why)) {
    return fatal("INPUT_NOT_FOUND", `The bucket of ${name} does not exist (${why}): check its name.`, cause);
  }
  if (ELSEWHERE.has(why)) {
    return fatal("INPUT_NOT_FOUND", `The bucket of ${name} lies in another region (${why}): give its --region.`, cause);
  }
  if (ARCHIVED.has(why)) {
    return fatal("INPUT_NOT_FOUND", `${name} is archived (${why}): restore it, or leave it out.`, cause);
  }
  const kind = kindOf(failure);
  if (kind === "denied") {
    const own = { name: why, message: deniedWords(failure) };
    const sentence = denialSentence(`S3 refused ${operation} on ${name}`, "allow it to these credentials", own);
    return fatal("ACCESS_DENIED", sentence, cause);
  }
  if (isAboutCredentials(kind) && kind !== "credentialsMissing") {
    return fatal("NO_CREDENTIALS", credentialsAdvice(kind, "S3", why), cause);
  }
  if (kind === "invalid" || kind === "notFound" || (kind === "unknown" && failure.statusCode !== undefined)) {
    return fatal(
      "INPUT_NOT_FOUND",
      `S3 refused ${operation} on ${name} (${why}): check the bucket's name, the region and the object.${ownWords(failure.message)}`,
      cause,
    );
  }
  return { kind: "retry", why, retryAfterMs: failure.retryAfterMs };
}

function fatal(code: JobError["code"], sentence: string, cause: unknown): RetryDecision {
  return { kind: "fatal", error: new JobError(code, sentence, { cause }) };
}
