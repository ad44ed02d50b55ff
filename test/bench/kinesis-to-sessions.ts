import { startKinesis } from "../support/kinesis/server";
import type { Benchmark } from "./harness/benchmark";
import { putBenchMessages } from "./harness/feed";
import type { PipelineFigures } from "./harness/direct";
import { messagesRow } from "./harness/messages-row";
import { runMeasured } from "./harness/process";
import type { SourceArgs } from "./jobs/source";

const MESSAGES = 200_000;
const SHARDS = 4;
const PUT_AT_ONCE = 5_000;
const DAY_MS = 86_400_000;

export const kinesisToSessions: Benchmark = {
  name: "kinesis",
  title: "Direct runner: embedded Kinesis → de-aggregate → parse → closed sessions, read to the tip",
  notMeasured:
    "Not the real Kinesis with its network and limits, and neither Bedrock nor OpenSearch. The Kinesis server shares the machine's processors.",
  async run(scale) {
    const kinesis = await startKinesis();
    try {
      const count = Math.round(MESSAGES * scale);
      await kinesis.createStream("bench", SHARDS);
      const startMs = Date.now() - 3 * DAY_MS;
      for (let from = 0; from < count; from += PUT_AT_ONCE) {
        await putBenchMessages(kinesis.client, "bench", from, Math.min(PUT_AT_ONCE, count - from), startMs);
      }
      const args: SourceArgs = { kinesis: kinesis.url, stream: "bench" };
      return [messagesRow(count, await runMeasured<PipelineFigures>("source.ts", args))];
    } finally {
      await kinesis.stop();
    }
  },
};
