/**
 * Stopping a job on Flink so that it can go on later: Flink takes a savepoint and ends the job with it.
 *
 * 1. A savepoint that fails (a task was just failing, a service just away) leaves the job running; it is tried again until
 *    the job has ended otherwise, or for `PATIENCE_MS`: then the job is cancelled and the drain rejects.
 * 2. Sources are not told to end: Flink's own draining stop waits for sources without an end for ever, and what it would
 *    close early, a savepoint keeps open.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FlinkRest } from "../beam/portable/flink-rest";
import { JobError } from "../errors";
import type { JobRun } from "./runner";

const RETRY_PAUSE_MS = 2_000;
const PATIENCE_MS = 15 * 60_000;

const ENDED = new Set(["FINISHED", "CANCELED", "FAILED"]);

export interface SavepointStop {
  readonly rest: Pick<FlinkRest, "jobs" | "stopWithSavepoint">;
  /**
   * Where savepoints are kept: a folder that every TaskManager reaches, as an absolute path or a URL. Undefined where
   * Flink's own settings say so.
   */
  readonly directory: string | undefined;
  /** Told why a savepoint has to be tried again. */
  readonly say: (line: string) => void;
}

/** The run, whose `drain` takes a savepoint: of the one job that runs on this Flink. */
export function withSavepointStop(run: JobRun, { rest, directory, say }: SavepointStop): JobRun {
  let path: string | undefined;
  let hasEnded = false;
  const end = (): void => void (hasEnded = true);
  run.finished.then(end, end);
  const attempt = async (): Promise<void> => {
    const jobs = (await rest.jobs()).filter(({ state }) => !ENDED.has(state));
    const [job] = jobs;
    if (job !== undefined) path = await rest.stopWithSavepoint(job.jid, directory === undefined ? {} : { directory });
  };
  return {
    ...run,
    savepoint: () => path,
    async drain() {
      for (const startMs = performance.now(); !hasEnded && path === undefined;) {
        try {
          await attempt();
        } catch (error) {
          if (performance.now() - startMs > PATIENCE_MS) {
            await run.cancel();
            throw error;
          }
          if (!(error instanceof JobError)) throw error;
          // Why a job that has ended meanwhile gave none is said by its end.
          if (!hasEnded) say(`${error.message} Trying again; Ctrl-C drops what is under way.`);
        }
        if (path === undefined) await sleep(RETRY_PAUSE_MS);
      }
      await run.finished.catch(() => undefined);
    },
  };
}
