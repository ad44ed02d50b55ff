/** Extracts, from a Java runner's messages, the sentence that the user needs. */
import { BeamError, isKnownCode } from "../error";

/** The first line of a Java exception or of one of its causes. */
const CAUSE = /^(Caused by: )?([\w.$]+(?:Exception|Error|Throwable)): (.+)$/;
/**
 * A stack frame, which must precede a cause. An exception's message may have further lines, which may look like causes
 * and quote an element.
 */
const FRAME = /^\s+(?:at |\.\.\. \d+ )/;
/** The line that Flink's REST service puts before a stack trace. */
const REST_TRACE = /^<?Exception on server side:$/;
/** The text that Beam puts before a worker's error. */
const FROM_WORKER = /^Error received from SDK harness for instruction \S+: /;
/**
 * gRPC's errors for a sender whose peer is gone. Which one it is depends on whether the end of the socket or of the
 * process, or Beam's own closing, is noticed first. The last two come from Beam, while it waits for the rest of a
 * worker's data or for its answer.
 */
const LOST_WORKER =
  /^(?:[\w.$]+Exception: )?(?:(?:CANCELLED|UNAVAILABLE): |Stream (?:was terminated by error|is already completed), no further calls |call is closed$|Inbound observer closed\.|SDK harness closed connection$)/;
/**
 * Beam's stack trace while it waits for a worker's data connection. The frame is needed: the message alone may be of
 * anything that was cancelled.
 */
const NO_CONNECTION = /CancellationException: Task was cancelled\.(?:\s+at .+)*?\s+at \S+\bGrpcDataService\b/;
/** The code that a worker, or our exception in the runner, puts before a failure that the user must resolve. */
const CODED = /^\[([A-Z][A-Z_]+)\] (.+)$/;
const OUR_PACKAGE = "beamstreaming.";

/** A JavaScript stack frame in a worker's error, below the message. */
const WORKER_FRAME = /^ {4}at /;

interface Cause {
  readonly type: string;
  readonly words: string;
  /** The JavaScript stack frames. */
  readonly frames: readonly string[];
}

/**
 * Returns the error that the runner's messages report. Messages are in order of time; the innermost cause is the last
 * in a stack trace.
 */
export function failureOf(messages: readonly string[]): BeamError {
  const causes = messages.flatMap(causesIn);
  const coded = lastCoded(causes);
  if (coded !== undefined) return coded;
  const worker = causes.findLast(({ words }) => FROM_WORKER.test(words));
  if (worker !== undefined) return workerFailure(worker);
  if (causes.some(({ words }) => LOST_WORKER.test(words)) || messages.some((text) => NO_CONNECTION.test(text))) {
    return new BeamError("PIPELINE", "A worker process was lost.");
  }
  const cause = causes.at(-1)?.words ?? messages.at(-1)?.split("\n")[0];
  return new BeamError("PIPELINE", `The job failed: ${cause ?? "the job service gave no reason"}`);
}

/** The error for a job that somebody else has cancelled. */
export function cancelledByOthers(jobId: string): BeamError {
  return new BeamError("FLINK", `Job ${jobId} was cancelled by somebody else.`);
}

/** Finds a failure that no restart can cure in a Java stack trace. Returns undefined when there is none. */
export function fatalFailureIn(stackTrace: string): BeamError | undefined {
  const error = failureOf([stackTrace]);
  return error.code === "PIPELINE" ? undefined : error;
}

/** Finds the innermost failure with a code in a Java stack trace. Returns undefined when there is none. */
export function codedFailureIn(stackTrace: string): BeamError | undefined {
  return lastCoded(causesIn(stackTrace));
}

/** Returns the innermost cause in a Java stack trace; undefined for any other text. */
export function innermostCause(stackTrace: string): BeamError | undefined {
  const causes = causesIn(stackTrace);
  const last = causes.at(-1);
  if (last === undefined) return undefined;
  return lastCoded(causes) ?? new BeamError("PIPELINE", last.words);
}

/** Returns true when a job was cancelled in Flink itself. It goes by the types of exceptions, not by their messages. */
export function tellsOfCancellation(messages: readonly string[]): boolean {
  return messages.some((text) => causesIn(text).some(({ type }) => type.endsWith(".JobCancellationException")));
}

/** Returns true when any of the runner's messages has a cause. */
export function hasCause(messages: readonly string[]): boolean {
  return messages.some((text) => causesIn(text).length > 0);
}

/** Makes a worker's error, with the author's error as its cause, which was thrown in another process. */
function workerFailure({ words, frames }: Cause): BeamError {
  const message = words.replace(FROM_WORKER, "");
  if (frames.length === 0) return new BeamError("PIPELINE", message);
  const cause = new Error(message);
  cause.stack = frames.join("\n");
  return new BeamError("PIPELINE", message, { cause });
}

function causesIn(text: string): readonly Cause[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const [, isCaused, type = "", words = ""] = CAUSE.exec(line) ?? [];
    const before = lines[index - 1];
    const isCause = isCaused === undefined ? before === undefined || REST_TRACE.test(before) : FRAME.test(before ?? "");
    if (words === "" || !(isCause || index === 0)) return [];
    const end = lines.findIndex((each, at) => at > index && !WORKER_FRAME.test(each));
    return [{ type, words, frames: lines.slice(index + 1, end < 0 ? undefined : end) }];
  });
}

function lastCoded(causes: readonly Cause[]): BeamError | undefined {
  return causes.map(codedFailure).findLast((error) => error !== undefined);
}

/**
 * Recognises codes only from a worker or from our exceptions. The message of any other exception may quote an element
 * that looks like a code.
 */
function codedFailure({ type, words }: Cause): BeamError | undefined {
  if (!type.startsWith(OUR_PACKAGE) && !FROM_WORKER.test(words)) return undefined;
  const [, code = "", message = ""] = CODED.exec(words.replace(FROM_WORKER, "")) ?? [];
  return isKnownCode(code) ? new BeamError(code, message) : undefined;
}
