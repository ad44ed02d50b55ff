/** Failures that Flink answers with a restart: told to the user, and the run's end when no restart can mend them. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { failureOf, fatalFailureIn } from "../beam/portable/failure";

const POLL_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

const OVERVIEW = z.object({ jobs: z.array(z.object({ jid: z.string() })) });
const EXCEPTIONS = z.object({
  exceptionHistory: z.object({ entries: z.array(z.object({ timestamp: z.number(), stacktrace: z.string() })) }),
});

/**
 * Watches one job, or all behind Flink's REST address, until `ended`. `say` gets a sentence for each failure; rejects
 * with the first one that the user must mend, never resolves otherwise than by `ended`.
 */
export async function watchFailures(
  webUrl: string,
  say: (line: string) => void,
  ended: AbortSignal,
  job?: string,
): Promise<void> {
  let toldMs = 0;
  while (!ended.aborted) {
    for (const { timestamp, stacktrace } of await newestFailures(webUrl, job)) {
      if (timestamp <= toldMs) continue;
      toldMs = timestamp;
      const fatal = fatalFailureIn(stacktrace);
      if (fatal !== undefined) throw fatal;
      say(`Flink restarts the job from its last checkpoint: ${failureOf([stacktrace]).message}`);
    }
    await sleep(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** The newest failure of each job; none while Flink does not answer. */
async function newestFailures(
  webUrl: string,
  job: string | undefined,
): Promise<z.infer<typeof EXCEPTIONS>["exceptionHistory"]["entries"]> {
  try {
    const jobs = job === undefined ? OVERVIEW.parse(await get(`${webUrl}/jobs/overview`)).jobs : [{ jid: job }];
    const answers = await Promise.all(
      jobs.map(async ({ jid }) => EXCEPTIONS.parse(await get(`${webUrl}/jobs/${jid}/exceptions?maxExceptions=1`))),
    );
    return answers.flatMap(({ exceptionHistory }) => exceptionHistory.entries);
  } catch {
    return [];
  }
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })).json();
}
