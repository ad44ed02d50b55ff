/**
 * Stops a job on Flink so that it can be continued: Flink takes a savepoint and ends the job with it.
 *
 * 1. A failed savepoint leaves the job running, for example when a task was failing or a service was away. It is tried
 *    again until the job has ended in another way, or for `PATIENCE_MS`. A permanent error is not retried.
 * 2. The drain rejects when the stop ends without a savepoint, unless the run itself has ended. The job may then still
 *    run.
 * 3. Sources are not told to end. Flink's own draining stop would wait for ever for unbounded sources, and it would
 *    close open windows early, which a savepoint keeps open.
 */
import { FlinkRefusal } from "./flink-http";
import { ENDED_STATES, type FlinkRest } from "./flink-rest";
import { BeamError } from "../error";
import { type BackOff, type Decision, type Outcome, retrying } from "../retry";
import type { PipelineRun } from "../runner";

const PAUSE: BackOff = { baseMs: 2_000, capMs: 2_000, jitter: 0 };
const PATIENCE_MS = 15 * 60_000;

export interface SavepointStop {
  readonly rest: Pick<FlinkRest, "jobs" | "stopWithSavepoint">;
  /**
   * Folder for savepoints that every TaskManager reaches, as an absolute path or a URL. Undefined where Flink's own
   * settings name one.
   */
  readonly directory: string | undefined;
  /** Called with the reason when a savepoint has to be tried again. */
  readonly say: (line: string) => void;
}

/** A run that knows the path of the savepoint made by its stop. */
export interface SavepointRun extends PipelineRun {
  savepoint(): string | undefined;
}

/** Makes a run whose `drain` takes a savepoint of the only job on this Flink. */
export function withSavepointStop<R extends PipelineRun>(
  run: R,
  { rest, directory, say }: SavepointStop,
): R & SavepointRun {
  let path: string | undefined;
  let hasEnded = false;
  let isCancelled = false;
  const end = (): void => void (hasEnded = true);
  run.finished.then(end, end);
  let trouble: BeamError | undefined;
  const attempt = async (): Promise<void> => {
    const jobs = (await rest.jobs()).filter(({ state }) => !ENDED_STATES.has(state));
    const [job] = jobs;
    if (job !== undefined) path = await rest.stopWithSavepoint(job.jid, directory === undefined ? {} : { directory });
  };
  const decide = (outcome: Outcome<void>): Decision<void> => {
    if (outcome.kind === "failure") {
      const { error } = outcome;
      if (!mayPass(error)) return { kind: "fatal", error };
      if (!hasEnded && error.message !== trouble?.message) {
        say(`${error.message} Trying again; Ctrl-C drops what is under way.`);
      }
      trouble = error;
    }
    if (hasEnded || path !== undefined) return { kind: "done", value: undefined };
    return outcome.kind === "failure"
      ? { kind: "again", why: "no savepoint" }
      : { kind: "again", why: "no job", progress: true };
  };
  return {
    ...run,
    savepoint: () => path,
    async drain() {
      if (!hasEnded) {
        await retrying(attempt, decide, {
          backOff: PAUSE,
          bounds: {
            maxDurationMs: PATIENCE_MS,
            giveUp: ({ error }) => {
              throw error;
            },
          },
        });
      }
      await run.finished;
      // The job has ended, probably with its savepoint, but the answer with the path was lost.
      if (path === undefined && trouble !== undefined && !isCancelled) throw trouble;
    },
    async cancel() {
      isCancelled = true;
      await run.cancel();
    },
  };
}

/** Returns true for an error that may pass. A wrong request stays wrong. A job that is gone ends the run. */
function mayPass(error: unknown): error is BeamError {
  if (error instanceof FlinkRefusal) return error.mayPass || error.status === 404;
  return error instanceof BeamError && (error.code === "FLINK" || error.code === "SERVICE_UNREACHABLE");
}
