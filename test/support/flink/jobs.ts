/** Asks a test cluster about its jobs. */
import { ENDED_STATES, FlinkRest } from "../../../src/beam/flink/flink-rest";
import type { FlinkCluster } from "./cluster";
import { until } from "../until";

const RELEASE_LIMIT_MS = 60_000;

/** Ids of jobs that have not ended. */
export async function liveJobs({ restUrl }: FlinkCluster): Promise<readonly string[]> {
  const jobs = await new FlinkRest(restUrl).jobs();
  return jobs.filter(({ state }) => !ENDED_STATES.has(state)).map(({ jid }) => jid);
}

/** Number of a job's completed checkpoints, and of its restores. */
export async function checkpointsOf(
  { restUrl }: FlinkCluster,
  job: string,
): Promise<{ readonly completed: number; readonly restored: number }> {
  return (await new FlinkRest(restUrl).checkpoints(job)).counts;
}

export async function allTasksRun({ restUrl }: FlinkCluster, job: string): Promise<boolean> {
  const { vertices } = await new FlinkRest(restUrl).job(job);
  return vertices.length > 0 && vertices.every(({ status }) => status === "RUNNING");
}

/** Cancels all jobs, and waits until all slots are free. */
export async function cancelAll(cluster: FlinkCluster): Promise<void> {
  const rest = new FlinkRest(cluster.restUrl);
  for (const job of await liveJobs(cluster)) await rest.cancel(job);
  const areFree = async (): Promise<boolean> => {
    const overview = await rest.overview();
    return overview["slots-available"] === overview["slots-total"];
  };
  await until("all slots are free", areFree, RELEASE_LIMIT_MS);
}

/** A job's state, tasks and last failure, as one line for a test's report. */
export async function historyOf(cluster: FlinkCluster, job: string): Promise<string> {
  const rest = new FlinkRest(cluster.restUrl);
  const [{ state }, overview, failures] = await Promise.all([rest.job(job), rest.overview(), rest.failures(job, 20)]);
  const last = failures.map(
    ({ timestamp, stacktrace }) => `${new Date(timestamp).toISOString()} ${stacktrace.slice(0, 300)}`,
  );
  return `${state} with ${cluster.taskManagers().length} TaskManagers that live, ${JSON.stringify(overview)}; failures, newest first: ${last.join("; ")}`;
}
