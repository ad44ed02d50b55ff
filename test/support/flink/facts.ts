/** Reads facts about the one job of a running Flink. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { FlinkHttp } from "../../../src/beam/flink/flink-http";
import type { RunningFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { until } from "../until";
import { makeFolder, removeFolder } from "../temporary-folder";

const OVERVIEW = z.object({ jobs: z.array(z.object({ jid: z.string(), state: z.string() })) });
const TRIGGER = z.object({ "request-id": z.string() });
const SAVEPOINT = z.object({
  status: z.object({ id: z.string() }),
  operation: z.object({ location: z.string().optional() }).nullable(),
});
const LATEST = z.object({ trigger_timestamp: z.number(), state_size: z.number() });
const CHECKPOINTS = z.object({ latest: z.object({ savepoint: LATEST.nullable() }) });

const JOB = z.object({ vertices: z.array(z.object({ id: z.string(), parallelism: z.number() })) });
const NAMES = z.array(z.object({ id: z.string() }));
const VALUES = z.array(z.object({ value: z.string() }));

const LIMIT_MS = 60_000;
const PATIENCE_MS = 30_000;

/** The id of the one running job. */
export async function runningJob(webUrl: string): Promise<string> {
  const { jobs } = await httpOf(webUrl).get("/jobs/overview", OVERVIEW);
  const running = jobs.filter(({ state }) => state === "RUNNING");
  if (running.length !== 1) throw new Error(`${running.length} jobs run`);
  return running[0]!.jid;
}

/**
 * Bytes of the job's whole state, by a savepoint in Flink's own format, which is the same for every state backend. The
 * size of RocksDB's checkpoints is no measure, since they are its files, among them a journal of all its files so far.
 */
export async function stateBytes({ webUrl, restToken }: RunningFlinkJobServer): Promise<number> {
  const http = httpOf(webUrl, restToken);
  const job = `/jobs/${await runningJob(webUrl)}`;
  const folder = makeFolder("savepoint");
  const startMs = Date.now();
  try {
    // An id of our own, so that a repeated request makes no second savepoint.
    const triggerId = randomUUID().replaceAll("-", "");
    const target = { "target-directory": `file://${folder}`, "cancel-job": false };
    const json = { ...target, formatType: "CANONICAL", triggerId };
    const { "request-id": id } = await http.send("POST", `${job}/savepoints`, TRIGGER, { json });
    await until(
      "a savepoint",
      async () => {
        const { status, operation } = await http.get(`${job}/savepoints/${id}`, SAVEPOINT);
        if (status.id !== "COMPLETED") return false;
        if (operation?.location === undefined) throw new Error("the savepoint failed");
        return true;
      },
      LIMIT_MS,
    );
    let bytes = 0;
    // Flink answers from a cache, which is some seconds old.
    await until("the savepoint's size", async () => {
      const { savepoint } = (await http.get(`${job}/checkpoints`, CHECKPOINTS)).latest;
      bytes = savepoint?.state_size ?? 0;
      return (savepoint?.trigger_timestamp ?? 0) >= startMs;
    });
    return bytes;
  } finally {
    await removeFolder(folder);
  }
}

/**
 * A counter of ours as each task of its stage has counted it; the busiest stage's, where several have one. Empty while
 * Flink's REST service knows of none.
 */
export async function perTask(webUrl: string, counter: string): Promise<readonly number[]> {
  const http = httpOf(webUrl);
  const job = `/jobs/${await runningJob(webUrl)}`;
  const { vertices } = await http.get(job, JOB);
  let busiest: readonly number[] = [];
  for (const { id, parallelism } of vertices) {
    const address = `${job}/vertices/${id}/subtasks`;
    const names = (await http.get(`${address}/metrics`, NAMES)).filter((own) => own.id.endsWith(`_${counter}`));
    const [name] = names;
    if (name === undefined) continue;
    const tasks = Array.from({ length: parallelism }, (_, task) => task);
    const counts = await Promise.all(
      tasks.map(async (task) => {
        const [first] = await http.get(`${address}/${task}/metrics?get=${encodeURIComponent(name.id)}`, VALUES);
        return Number(first?.value ?? 0);
      }),
    );
    if (busiest.length === 0 || sum(counts) > sum(busiest)) busiest = counts;
  }
  return busiest;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Patient, like the product: a busy Flink may miss a request. */
export function httpOf(webUrl: string, token?: string): FlinkHttp {
  return new FlinkHttp(webUrl, PATIENCE_MS, token);
}
