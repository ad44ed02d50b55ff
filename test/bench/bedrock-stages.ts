import { startBedrock } from "../support/services";
import { type Benchmark, type Row, round } from "./harness/benchmark";
import { runMeasured } from "./harness/process";
import type { BedrockArgs, BedrockFigures } from "./jobs/bedrock";

const CALLS = 2_000;
const LATENCY_MS = 200;
const CONCURRENCY = 64;
type How = BedrockArgs["how"];
const STAGES: readonly How[] = ["pool", "summarise", "embed"];
/** The ways take turns, and the best round of each counts, because other work on the machine only ever adds time. */
const ROUNDS = 3;

export const bedrockStages: Benchmark = {
  name: "bedrock",
  title: `Bedrock stages: ${CALLS} calls of ${LATENCY_MS} ms, ${CONCURRENCY} at once`,
  notMeasured: `Efficiency is calls × ${LATENCY_MS} ms ÷ (${CONCURRENCY} × wall time) from the pipeline's start to its end, of a second pass in one process; the first pass also compiles the program and opens the connections. The best of ${ROUNDS} runs (one when shortened); whole waves of ${CONCURRENCY} calls bound it to ${efficiencyBound(CALLS)}. Not real models, throttling or tokens; the server shares the machine's processors.`,
  async run(scale) {
    const server = await startBedrock({ latencyMs: LATENCY_MS });
    try {
      const calls = Math.round(CALLS * scale);
      const best = new Map<How, BedrockFigures>();
      for (let round = 0; round < (scale < 1 ? 1 : ROUNDS); round++) {
        for (const how of STAGES) {
          const args: BedrockArgs = { bedrock: server.url, how, calls, concurrency: CONCURRENCY };
          const figures = await runMeasured<BedrockFigures>("bedrock.ts", args);
          if (figures.wallS < (best.get(how)?.wallS ?? Infinity)) best.set(how, figures);
        }
      }
      const poolS = best.get("pool")!.wallS;
      return STAGES.map((how): Row => {
        const { wallS, coldS, cpuS, peakRssMb } = best.get(how)!;
        return {
          stage: how === "pool" ? "plain Node pool (embed)" : how,
          calls,
          seconds: round(wallS, 2),
          efficiency: efficiency(calls, wallS),
          "first pass": efficiency(calls, coldS),
          "of the pool": round(poolS / wallS, 3),
          "CPU s": round(cpuS, 1),
          "peak RSS MB": round(peakRssMb),
        };
      });
    } finally {
      await server.stop();
    }
  },
};

function efficiency(calls: number, wallS: number): number {
  return round((calls * LATENCY_MS) / 1_000 / (CONCURRENCY * wallS), 3);
}

function efficiencyBound(calls: number): number {
  return round(calls / (Math.ceil(calls / CONCURRENCY) * CONCURRENCY), 3);
}
