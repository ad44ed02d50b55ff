/** The summarising stage in a Flink job, as the pipeline has it, fed from memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { detached, P } from "../../../src/beam/authoring";
import { bundleWorker } from "../../../src/beam/portable/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/portable/flink-options";
import { PortableRunner } from "../../../src/beam/portable/runner";
import { Pipeline, Root } from "../../../src/beam/sdk";
import { sessionPartCoder } from "../../../src/coders/session-part";
import { summarise } from "../../../src/io/bedrock/summarise";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/local/flink/launch";
import { readOptions } from "../../../src/options";
import { maxElementsUnderWay } from "../../../src/pipeline";
import { startBedrock } from "../../support/services";
import { until } from "../../support/until";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { jobSettings } from "../harness/settings";
import { optionsText } from "./options";
import { trickle, WARM_UP } from "./trickle";

const CALLS = 2_000;
const LATENCY_MS = 200;
const CONCURRENCY = 64;
/** A little faster than the calls go. */
const TRICKLE_MS = 3;
const STATS = z.object({ calls: z.int(), inFlight: z.int(), maxInFlight: z.int(), spanMs: z.number() });

export const bedrockOnFlink: Benchmark = {
  name: "flink-bedrock",
  title: `Flink: ${CALLS} summaries of ${LATENCY_MS} ms, ${CONCURRENCY} at once, in one job\n${optionsText()}`,
  notMeasured: `Efficiency is calls × ${LATENCY_MS} ms ÷ (${CONCURRENCY} × the time from the first request to the last answer, as the server saw them), in a worker that has made ${WARM_UP} before. Not real models, throttling or tokens; the server shares the machine's processors.`,
  async run(scale) {
    const folder = await mkdtemp(path.join(tmpdir(), "bench-flink-"));
    const workerCommand = await bundleWorker({
      entry: path.join(__dirname, "bedrock-worker.ts"),
      directory: path.join(folder, "workers"),
    });
    const flink = await startFlinkJobServer({ dataDirectory: path.join(folder, "flink") });
    try {
      const calls = Math.round(CALLS * scale);
      const rows: Row[] = [];
      for (const everyMs of [0, TRICKLE_MS]) {
        const { spanMs, maxInFlight } = await runStage(flink, workerCommand, calls, everyMs);
        rows.push({
          parts: everyMs === 0 ? "all at once" : `one every ${everyMs} ms`,
          calls,
          seconds: round(spanMs / 1_000, 2),
          efficiency: round((calls * LATENCY_MS) / (CONCURRENCY * spanMs), 3),
          "most at once": maxInFlight,
        });
      }
      return rows;
    } finally {
      await flink.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

async function runStage(
  { jobEndpoint }: RunningFlinkJobServer,
  workerCommand: string,
  calls: number,
  everyMs: number,
): Promise<z.infer<typeof STATS>> {
  const server = await startBedrock({ latencyMs: LATENCY_MS });
  try {
    const settings = jobSettings(["--bedrock-endpoint", server.url, "--concurrency", String(CONCURRENCY)]);
    const pipeline = new Pipeline();
    const parts = trickle(new Root(pipeline), calls, everyMs);
    const apart = P(parts).apply(detached(sessionPartCoder, { maxElements: maxElementsUnderWay(settings) }));
    P(apart).apply(summarise(settings.summarise));
    const run = await new PortableRunner({
      jobEndpoint,
      jobName: "bedrock",
      workerCommand,
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...readOptions(["--runner", "flink"], {}).flink!, isBounded: true }),
    }).run(pipeline.getProto());
    const stats = async (method: string): Promise<z.infer<typeof STATS>> =>
      STATS.parse(await (await fetch(`${server.url}/_local/stats`, { method })).json());
    const warm = until("the stage is warm", async () => isWarm(await stats("GET")), 60_000);
    await Promise.race([warm, run.finished]);
    await stats("DELETE");
    await run.finished;
    const found = await stats("GET");
    if (found.calls !== calls) throw new Error(`${found.calls} of ${calls} calls were made`);
    return found;
  } finally {
    await server.stop();
  }
}

function isWarm({ calls, inFlight }: z.infer<typeof STATS>): boolean {
  return calls === WARM_UP && inFlight === 0;
}
