/**
 * Watches a running job on Flink. It reports changes of the job's state, and failures after which Flink restarts the
 * job. A failure that no restart can cure ends the run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { failureOf, fatalFailureIn } from "./failure";
import { ENDED_STATES, type FlinkFailure, FlinkRest } from "./flink-rest";

/** The number of failures that Flink keeps of a job. A fatal one may be behind newer ones. */
const MOST_FAILURES = 16;

export interface FlinkWatch {
  readonly say: (line: string) => void;
  /** Ends the watch when aborted. */
  readonly ended: AbortSignal;
  /** Default: all jobs of this Flink. */
  readonly job?: string;
  readonly pollMs?: number;
}

/**
 * Resolves when `ended` is aborted. Rejects with the first failure that the user must resolve. Flink may be away for a
 * while.
 */
export async function watchFlink(webUrl: string, { say, ended, job, pollMs = 1_000 }: FlinkWatch): Promise<void> {
  const rest = new FlinkRest(webUrl, { patienceMs: 0 });
  const states = new Map<string, string>();
  let toldMs = 0;
  while (!ended.aborted) {
    const jobs = (await rest.jobs().catch(() => [])).filter(({ jid }) => jid === (job ?? jid));
    for (const { jid, state } of jobs) {
      if (states.get(jid) !== state) say(`The job on Flink is ${state}.`);
      states.set(jid, state);
    }
    const failures = await Promise.all(jobs.map(({ jid }) => rest.failures(jid, MOST_FAILURES).catch(() => [])));
    const unknown = failures.flat().filter(({ timestamp }) => timestamp > toldMs);
    toldMs = Math.max(toldMs, ...unknown.map(({ timestamp }) => timestamp));
    const willRestart = [...states.values()].some((state) => state !== "FAILING" && !ENDED_STATES.has(state));
    for (const { stacktrace } of unknown.sort(byTime)) {
      const fatal = fatalFailureIn(stacktrace);
      if (fatal !== undefined) throw fatal;
      if (willRestart) say(`Flink restarts the job from its last checkpoint: ${failureOf([stacktrace]).message}`);
    }
    await sleep(pollMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

function byTime(one: FlinkFailure, other: FlinkFailure): number {
  return one.timestamp - other.timestamp;
}
