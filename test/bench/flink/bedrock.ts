/** The summarising stage in a Flink job, as the pipeline has it, fed from memory. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { asyncBoundary } from "../../../src/beam/authoring";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { Pipeline, Root } from "../../../src/beam/sdk";
import { plannedCoder } from "../../../src/chat/coders/planned-session";
import { summarise } from "../../../src/io/bedrock/summarise";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { maxElementsInFlight } from "../../../src/pipeline";
import { startBedrock } from "../../support/services";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { runMeasured } from "../harness/process";
import { jobSettings } from "../harness/settings";
import type { BedrockArgs, BedrockFigures } from "../jobs/bedrock";
import { flinkDefaults, optionsText } from "./options";
import { type Feed, trickle, WARM_UP } from "./trickle";

/** A multiple of the calls at once, so that every wave is full. */
const CALLS = 4_096;
const LATENCY_MS = 200;
const CONCURRENCY = 64;
/** As many as the plain pool has processes; two would share the calls by chance, as keys are shared between tasks. */
const WORKERS = 1;

/** The rhythm in which parts come. */
interface Pace {
  readonly parts: string;
  readonly together: number;
  readonly everyMs: number;
}

const AT_ONCE = { together: 1, everyMs: 0 };
/** Together a little faster than the calls are answered. */
const FEEDS: readonly Pace[] = [
  { parts: "all at once", ...AT_ONCE },
  { parts: "four every 12 ms", together: 4, everyMs: 12 },
  { parts: "one every 3 ms", together: 1, everyMs: 3 },
];
const STATS = z.object({ calls: z.int(), inFlight: z.int(), maxInFlight: z.int(), spanMs: z.number() });

export const bedrockOnFlink: Benchmark = {
  name: "flink-bedrock",
  title: `Flink: ${CALLS} summaries of ${LATENCY_MS} ms, ${CONCURRENCY} at once, in one job\n${optionsText({ workers: WORKERS })}`,
  notMeasured: `Efficiency is calls × ${LATENCY_MS} ms ÷ (${CONCURRENCY} × the time from the first request to the last answer, as the server saw them), in a worker that has made ${WARM_UP} calls before; of the pool, a process without Flink, from its start to its end, in a second pass. The possible is what ${CONCURRENCY} places that cost nothing would reach with parts that come so: less than all when the first ones come slowly. Parts that come one by one are a bundle of the feeding source each, which costs Flink half a processor and more. Not real models, throttling or tokens; the server shares the machine's processors.`,
  async run(scale) {
    const folder = makeFolder("bench-flink");
    const workerCommand = await bundleWorker({
      entry: path.join(__dirname, "bedrock-worker.ts"),
      directory: path.join(folder, "workers"),
    });
    const calls = Math.round(CALLS * scale);
    const poolMs = await runPool(calls);
    const rows: Row[] = [row({ parts: "a plain Node pool (embed)", ...AT_ONCE }, calls, poolMs, poolMs)];
    const flink = await startFlinkJobServer({ dataDirectory: path.join(folder, "flink") });
    try {
      for (const pace of FEEDS) {
        const { parts, together, everyMs } = pace;
        const feed = { count: calls, together, everyMs, startFile: path.join(folder, parts) };
        const { spanMs, maxInFlight } = await runStage(flink, workerCommand, feed);
        if (maxInFlight > CONCURRENCY) throw new Error(`${maxInFlight} calls were under way at once`);
        rows.push(row(pace, calls, spanMs, poolMs));
      }
      return rows;
    } finally {
      await flink.stop();
      await removeFolder(folder);
    }
  },
};

function row(pace: Pace, calls: number, spanMs: number, poolMs: number): Row {
  return {
    parts: pace.parts,
    calls,
    seconds: round(spanMs / 1_000, 2),
    efficiency: round((calls * LATENCY_MS) / (CONCURRENCY * spanMs), 3),
    "of the possible": round(possibleMs(calls, pace) / spanMs, 3),
    "of the pool": round(poolMs / spanMs, 3),
  };
}

/** Time from the first request to the last answer when a part waits for nothing but a place. */
function possibleMs(calls: number, { together, everyMs }: Pace): number {
  const freeAtMs = new Array<number>(CONCURRENCY).fill(0);
  let endMs = 0;
  for (let call = 0; call < calls; call++) {
    // Calls take equally long, so places become free in the order in which they were taken.
    const place = call % CONCURRENCY;
    endMs = Math.max(Math.floor(call / together) * everyMs, freeAtMs[place]!) + LATENCY_MS;
    freeAtMs[place] = endMs;
  }
  return endMs;
}

async function runPool(calls: number): Promise<number> {
  const server = await startBedrock({ latencyMs: LATENCY_MS });
  try {
    const args: BedrockArgs = { bedrock: server.url, how: "pool", calls, concurrency: CONCURRENCY };
    return (await runMeasured<BedrockFigures>("bedrock.ts", args)).wallS * 1_000;
  } finally {
    await server.stop();
  }
}

async function runStage(
  { jobService }: RunningFlinkJobServer,
  workerCommand: string,
  feed: Feed,
): Promise<z.infer<typeof STATS>> {
  const server = await startBedrock({ latencyMs: LATENCY_MS });
  try {
    const settings = jobSettings(["--bedrock-endpoint", server.url, "--concurrency", String(CONCURRENCY)]);
    const pipeline = new Pipeline();
    const parts = trickle(new Root(pipeline), feed);
    const apart = parts.apply(asyncBoundary(plannedCoder, { maxElements: maxElementsInFlight(settings) }));
    apart.apply(summarise(settings.summarise));
    const run = await new PortableRunner({
      jobService,
      jobName: "bedrock",
      workerCommand,
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...flinkDefaults(), workers: WORKERS, isBounded: true }),
    }).run(pipeline.getProto());
    const stats = async (method: string): Promise<z.infer<typeof STATS>> =>
      STATS.parse(await (await fetch(`${server.url}/_local/stats`, { method })).json());
    const warm = until("the stage is warm", async () => isWarm(await stats("GET")), 60_000);
    await Promise.race([warm, run.finished]);
    await stats("DELETE");
    await writeFile(feed.startFile, "");
    await run.finished;
    const found = await stats("GET");
    if (found.calls !== feed.count) throw new Error(`${found.calls} of ${feed.count} calls were made`);
    return found;
  } finally {
    await server.stop();
  }
}

function isWarm({ calls, inFlight }: z.infer<typeof STATS>): boolean {
  return calls === WARM_UP && inFlight === 0;
}
