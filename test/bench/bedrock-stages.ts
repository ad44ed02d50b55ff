import { startBedrock } from "../support/services";
import { type Benchmark, type Row, round } from "./harness/benchmark";
import type { PipelineFigures } from "./harness/direct";
import { runMeasured } from "./harness/process";
import type { BedrockArgs } from "./jobs/bedrock";

const CALLS = 2_000;
const LATENCY_MS = 200;
const CONCURRENCY = 64;

export const bedrockStages: Benchmark = {
  name: "bedrock",
  title: `Bedrock stages: ${CALLS} calls of ${LATENCY_MS} ms, ${CONCURRENCY} at once`,
  notMeasured: `Efficiency is calls × ${LATENCY_MS} ms ÷ (${CONCURRENCY} × wall time) from the pipeline's start to its end, the client's set-up included; whole waves of ${CONCURRENCY} calls bound it to ${efficiencyBound(CALLS)}. Not real models, throttling or tokens; the server shares the machine's processors.`,
  async run(scale) {
    const server = await startBedrock({ latencyMs: LATENCY_MS });
    try {
      const calls = Math.round(CALLS * scale);
      const rows: Row[] = [];
      let poolEfficiency: number | undefined;
      for (const how of ["pool", "summarise", "embed"] as const) {
        const args: BedrockArgs = { bedrock: server.url, how, calls, concurrency: CONCURRENCY };
        const { wallS, cpuS, peakRssMb } = await runMeasured<PipelineFigures>("bedrock.ts", args);
        const efficiency = (calls * LATENCY_MS) / 1_000 / (CONCURRENCY * wallS);
        poolEfficiency ??= efficiency;
        rows.push({
          stage: how === "pool" ? "plain Node pool (embed)" : how,
          calls,
          seconds: round(wallS, 2),
          efficiency: round(efficiency, 3),
          "of the pool": round(efficiency / poolEfficiency, 3),
          "CPU s": round(cpuS, 1),
          "peak RSS MB": round(peakRssMb),
        });
      }
      return rows;
    } finally {
      await server.stop();
    }
  },
};

function efficiencyBound(calls: number): number {
  return round(calls / (Math.ceil(calls / CONCURRENCY) * CONCURRENCY), 3);
}
