/** What a Java runner says of a failure, as the sentence that its user needs. */
import { BeamError, isKnownCode } from "../error";

/** Java puts one of these before each cause of an exception. */
const CAUSE = /^(Caused by: )?([\w.$]+(?:Exception|Error|Throwable)): (.+)$/;
/**
 * What stands before a cause: the frames of the one before. An exception's own words may have further lines, which may look
 * like causes and quote anybody.
 */
const FRAME = /^\s+(?:at |\.\.\. \d+ )/;
/** What Flink's REST service puts before a stack trace. */
const REST_TRACE = /^<?Exception on server side:$/;
/** What Beam puts before a worker's own words. */
const FROM_WORKER = /^Error received from SDK harness for instruction \S+: /;
/**
 * gRPC's words to who sends when the other end of a stream is gone: which ones depends on whether the socket's end, the
 * process's or Beam's own hanging up is seen first. The last two are Beam's, where it waited for the rest of a worker's data
 * or for its answer.
 */
const LOST_WORKER =
  /^(?:[\w.$]+Exception: )?(?:(?:CANCELLED|UNAVAILABLE): |Stream (?:was terminated by error|is already completed), no further calls |call is closed$|Inbound observer closed\.|SDK harness closed connection$)/;
/** Where Beam waited for a worker's data connection: the words alone are those of anything that was cancelled. */
const NO_CONNECTION = /CancellationException: Task was cancelled\.(?:\s+at .+)*?\s+at \S+\bGrpcDataService\b/;
/** What a worker, or an exception of ours in the runner, puts before a failure that the user must mend. */
const CODED = /^\[([A-Z][A-Z_]+)\] (.+)$/;
const OUR_PACKAGE = "beamstreaming.";

/** How a worker puts the stack of an author's error below its words. */
const WORKER_FRAME = /^ {4}at /;

interface Cause {
  readonly type: string;
  readonly words: string;
  /** Of JavaScript. */
  readonly frames: readonly string[];
}

/** The error that the runner's messages tell of, oldest message first: the innermost cause is the last in a stack trace. */
export function failureOf(messages: readonly string[]): BeamError {
  const causes = messages.flatMap(causesIn);
  const coded = causes.map(codedFailure).findLast((error) => error !== undefined);
  if (coded !== undefined) return coded;
  const worker = causes.findLast(({ words }) => FROM_WORKER.test(words));
  if (worker !== undefined) return workerFailure(worker);
  if (causes.some(({ words }) => LOST_WORKER.test(words)) || messages.some((text) => NO_CONNECTION.test(text))) {
    return new BeamError("PIPELINE", "A worker process was lost.");
  }
  const cause = causes.at(-1)?.words ?? messages.at(-1)?.split("\n")[0];
  return new BeamError("PIPELINE", `The job failed: ${cause ?? "the job service gave no reason"}`);
}

/** The end of a job that nobody here has cancelled. */
export function cancelledByOthers(jobId: string): BeamError {
  return new BeamError("FLINK", `Job ${jobId} was cancelled by somebody else.`);
}

/** A failure that no restart can mend, somewhere in a Java stack trace; undefined when there is none. */
export function fatalFailureIn(stackTrace: string): BeamError | undefined {
  const error = failureOf([stackTrace]);
  return error.code === "PIPELINE" ? undefined : error;
}

/** What the innermost cause of a Java stack trace says; undefined when the text is none. */
export function innermostCause(stackTrace: string): BeamError | undefined {
  const causes = causesIn(stackTrace);
  const last = causes.at(-1);
  if (last === undefined) return undefined;
  return causes.map(codedFailure).findLast((error) => error !== undefined) ?? new BeamError("PIPELINE", last.words);
}

/** Whether a job ended because it was cancelled in Flink itself, by what its exceptions are, not by what they say. */
export function tellsOfCancellation(messages: readonly string[]): boolean {
  return messages.some((text) => causesIn(text).some(({ type }) => type.endsWith(".JobCancellationException")));
}

/** Whether any of the runner's messages tells why. */
export function hasCause(messages: readonly string[]): boolean {
  return messages.some((text) => causesIn(text).length > 0);
}

/** Its cause is the author's error, which was thrown in another process. */
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

/** Only who makes codes is believed: a worker, and exceptions of ours. Others may begin with anybody's words. */
function codedFailure({ type, words }: Cause): BeamError | undefined {
  if (!type.startsWith(OUR_PACKAGE) && !FROM_WORKER.test(words)) return undefined;
  const [, code = "", message = ""] = CODED.exec(words.replace(FROM_WORKER, "")) ?? [];
  return isKnownCode(code) ? new BeamError(code, message) : undefined;
}
