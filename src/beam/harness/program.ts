/**
 * The worker program: serves the runner that started it, and ends with it.
 *
 * Runners throw a worker's standard error away, so the reason why this process ends goes to the logging service as
 * well.
 */
// Registers the coders of splittable DoFns, which every worker must know even if its pipeline's modules do not import
// them.
import "../authoring/splittable-do-fn";
import { wordsOf } from "./failure";
import { takeAuthorOutput } from "./author-output";
import { type FnApiLogger, writeToStandardError } from "./logging";
import { logPinoLine } from "./pino-lines";
import { runWorker, workerArguments, type WorkerOptions } from "./worker";

/** Time limit for a failing process to send its last log lines. */
const LAST_WORDS_MS = 3_000;
/** Environment variable with the file that receives the process's own output, if any: see `bundleWorker`. */
const WORKER_LOG = "BEAM_WORKER_LOG";

export interface ProgramOptions extends Omit<WorkerOptions, "onLogger"> {
  /** Called with a function that takes lines of the program's own log (pino's JSON). */
  readonly redirectLogs?: (sink: (line: string) => void) => void;
}

/** Runs the worker. The process exits with 0 when the runner ended it, with 1 otherwise. */
export function serveAsWorker({ redirectLogs, ...options }: ProgramOptions = {}): void {
  let logger: FnApiLogger | undefined;
  const { authorText = "shown" } = options;
  const keepsOutput = process.env[WORKER_LOG] !== undefined;
  const flush = takeAuthorOutput({ authorText, keepsOutput, logger: () => logger });
  let isEnding = false;
  /**
   * Handles errors outside of any bundle. The process is in an unknown state, so it ends; the runner starts a new one.
   */
  const fail = (error: unknown): void => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(1), LAST_WORDS_MS);
    const { message, trace } = wordsOf("worker", error, authorText);
    flush();
    writeToStandardError(`${message}\n${trace}\n`);
    logger?.log("CRITICAL", message, { trace });
    void (logger?.end() ?? Promise.resolve()).finally(() => process.exit(1));
  };
  const onLogger = (opened: FnApiLogger): void => {
    logger = opened;
    redirectLogs?.((line) => logPinoLine(opened, line));
  };
  // A killed runner leaves broken pipes. Without this handler, reporting the broken pipe would cause the same error for
  // ever.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  Promise.resolve()
    .then(() => runWorker(workerArguments(process.argv.slice(2), process.env), { ...options, onLogger }))
    .then(() => process.exit(0), fail);
}
