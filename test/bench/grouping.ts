import type { Benchmark } from "./harness/benchmark";
import { benchSessions } from "./harness/chat";
import type { PipelineFigures } from "./harness/direct";
import { messagesRow } from "./harness/messages-row";
import { runMeasured } from "./harness/process";

const MESSAGES = 400_000;

export const grouping: Benchmark = {
  name: "grouping",
  title: "Direct runner: messages in memory → sessions (GroupByKey over merging windows) → parts",
  notMeasured: "No source, no parsing, no server; messages are made in the measured process.",
  async run(scale) {
    const count = Math.round(MESSAGES * scale);
    const figures = await runMeasured<PipelineFigures>("group.ts", { count });
    const parts = figures.counters["countedParts"];
    if (parts !== benchSessions(count)) throw new Error(`${parts} parts`);
    return [messagesRow(count, figures)];
  },
};
