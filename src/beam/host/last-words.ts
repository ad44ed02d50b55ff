/** Adds the last words of workers on this machine to failures that do not say their reason. */
import { readFile } from "node:fs/promises";
import { BeamError } from "../error";

/** Matches lines with which JavaScript or the worker's own program say what ended a process. */
const ERROR = /^(?:(?:Uncaught )?\w*Error\b|\[[A-Z_]+\] |The stage "worker" failed\b).{0,300}/gm;
/** Matches every line but stack frames and the line with which Node.js ends. */
const WORDS = /^(?!\s|Node\.js v).{1,300}/gm;

/**
 * Adds the last error in the workers' log to the promise's failure. A worker that cannot start has no other way to
 * report why. Where Flink could not start a worker, its last line will do if there is no error.
 */
export function withLastWords<T>(promise: Promise<T>, workerLog: string): Promise<T> {
  const told = promise.catch(async (error: unknown) => {
    if (!(error instanceof BeamError)) throw error;
    const { code, message } = error;
    // A stage's error is complete by itself.
    if (code !== "WORKER" && (code !== "PIPELINE" || error.cause !== undefined)) throw error;
    const log = await readFile(workerLog, "utf8").catch(() => "");
    const words = (log.match(ERROR) ?? (code === "WORKER" ? log.match(WORDS) : undefined))?.at(-1);
    if (words === undefined) throw error;
    throw new BeamError(code, `${message.replace(/\.$/, "")}; the last error of its workers: ${words}`, {
      cause: error,
    });
  });
  told.catch(() => undefined);
  return told;
}
