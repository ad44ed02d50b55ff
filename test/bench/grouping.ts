import { type Benchmark, round } from "./harness/benchmark";
import { benchSessions } from "./harness/chat";
import type { PipelineFigures } from "./harness/direct";
import { runMeasured } from "./harness/process";

const MESSAGES = 400_000;

export const grouping: Benchmark = {
  name: "grouping",
  title: "Direct runner: messages in memory → sessions (GroupByKey over merging windows) → parts",
  notMeasured: "No source, no parsing, no server; messages are made in the measured process.",
  async run(scale) {
    const count = Math.round(MESSAGES * scale);
    const { wallS, cpuS, peakRssMb, counters } = await runMeasured<PipelineFigures>("group.ts", { count });
    if (counters["countedMessages"] !== count) throw new Error(`${counters["countedMessages"]} of ${count} messages`);
    if (counters["countedParts"] !== benchSessions(count)) throw new Error(`${counters["countedParts"]} parts`);
    return [
      {
        messages: count,
        sessions: counters["countedParts"] ?? 0,
        seconds: round(wallS, 1),
        "messages/s": round(count / wallS),
        "CPU s": round(cpuS, 1),
        "peak RSS MB": round(peakRssMb),
      },
    ];
  },
};
