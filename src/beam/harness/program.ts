/**
 * The whole life of a worker process: serves the runner that started it, and ends with it.
 *
 * Runners throw a worker's standard error away, so whatever ends this process goes to the logging service as well.
 */
// Splittable DoFns' coders must be known to every worker, whether its pipeline's modules import them or not.
import "../authoring/splittable-do-fn";
import { wordsOf } from "./failure";
import { takeAuthorOutput } from "./author-output";
import { type FnApiLogger, writeToStandardError } from "./logging";
import { logPinoLine } from "./pino-lines";
import { runWorker, workerArguments, type WorkerOptions } from "./worker";

/** By when a process that fails has ended, whoever does not take its last words. */
const LAST_WORDS_MS = 3_000;
/** Names the file, if there is one, that the process's own output goes to: see `bundleWorker`. */
const WORKER_LOG = "BEAM_WORKER_LOG";

export interface ProgramOptions extends Omit<WorkerOptions, "onLogger"> {
  /** Called with a receiver for the lines, pino's JSON, of the program's own log. */
  readonly redirectLogs?: (sink: (line: string) => void) => void;
}

/** The process exits with 0 when the runner ended it, with 1 otherwise. */
export function serveAsWorker({ redirectLogs, ...options }: ProgramOptions = {}): void {
  let logger: FnApiLogger | undefined;
  const { authorText = "shown" } = options;
  const keepsOutput = process.env[WORKER_LOG] !== undefined;
  const flush = takeAuthorOutput({ authorText, keepsOutput, logger: () => logger });
  let isEnding = false;
  /** Outside of any bundle: the process is in an unknown state, and the runner starts a new one. */
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
  // A runner that was killed reads neither: without this, telling of a broken pipe would break it again, for ever.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  Promise.resolve()
    .then(() => runWorker(workerArguments(process.argv.slice(2), process.env), { ...options, onLogger }))
    .then(() => process.exit(0), fail);
}
