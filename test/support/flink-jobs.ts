/** What a test asks of Flink's REST service, and what checkpoints it finds on disk. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { FlinkCluster } from "./flink-cluster";
import { until } from "./until";

const OVERVIEW = z.object({ jobs: z.array(z.object({ jid: z.string(), state: z.string() })) });
const CLUSTER = z.object({ "slots-total": z.int(), "slots-available": z.int() });
const CHECKPOINTS = z.object({
  counts: z.object({ completed: z.int(), restored: z.int(), failed: z.int() }),
});
const ENDED = new Set(["FAILED", "CANCELED", "FINISHED"]);
const REQUEST_TIMEOUT_MS = 5_000;
const RELEASE_LIMIT_MS = 60_000;

async function get(url: string): Promise<unknown> {
  return (await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })).json();
}

/** Ids of jobs that have not ended, newest last. */
export async function liveJobs({ restUrl }: FlinkCluster): Promise<readonly string[]> {
  const { jobs } = OVERVIEW.parse(await get(`${restUrl}/jobs/overview`));
  return jobs.filter(({ state }) => !ENDED.has(state)).map(({ jid }) => jid);
}

/** How many checkpoints a job has completed, and how often it was restored from one. */
export async function checkpointsOf(
  { restUrl }: FlinkCluster,
  job: string,
): Promise<z.infer<typeof CHECKPOINTS>["counts"]> {
  return CHECKPOINTS.parse(await get(`${restUrl}/jobs/${job}/checkpoints`)).counts;
}

/** Cancels what runs, and waits until all slots are free. */
export async function cancelAll(cluster: FlinkCluster): Promise<void> {
  for (const job of await liveJobs(cluster)) {
    await fetch(`${cluster.restUrl}/jobs/${job}?mode=cancel`, { method: "PATCH" });
  }
  await until(
    "all slots are free",
    async () => {
      const slots = CLUSTER.parse(await get(`${cluster.restUrl}/overview`));
      return slots["slots-available"] === slots["slots-total"];
    },
    RELEASE_LIMIT_MS,
  );
}

/** The folder of a job's newest complete checkpoint; it needs no JobManager. */
export function lastCheckpoint({ checkpointDirectory }: FlinkCluster, job: string): string {
  const folder = path.join(checkpointDirectory, job);
  const numbers = readdirSync(folder)
    .map((name) => /^chk-(\d+)$/.exec(name)?.[1])
    .filter((number) => number !== undefined && existsSync(path.join(folder, `chk-${number}`, "_metadata")))
    .map(Number);
  if (numbers.length === 0) throw new Error(`there is no complete checkpoint in ${folder}`);
  return path.join(folder, `chk-${Math.max(...numbers)}`);
}
