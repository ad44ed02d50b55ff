/**
 * What happens to a job on Flink while it runs: changes of its state, and failures that Flink answers with a restart, are
 * told to the user; a failure that no restart can mend is the run's end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { failureOf, fatalFailureIn } from "./failure";
import { ENDED_STATES, type FlinkFailure, FlinkRest } from "./flink-rest";

/** As many as Flink keeps of a job: a fatal one may stand behind newer ones. */
const MOST_FAILURES = 16;

export interface FlinkWatch {
  readonly say: (line: string) => void;
  /** Ends the watch. */
  readonly ended: AbortSignal;
  /** Missing: all jobs of this Flink. */
  readonly job?: string;
  readonly pollMs?: number;
}

/** Resolves with `ended`; rejects with the first failure that the user must mend. Flink may be away for a while. */
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
