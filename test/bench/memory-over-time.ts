import { setTimeout as sleep } from "node:timers/promises";
import { startKinesis } from "../support/kinesis/server";
import { type Benchmark, round } from "./harness/benchmark";
import type { PipelineFigures } from "./harness/direct";
import { putBenchMessages } from "./harness/feed";
import type { MemorySample } from "./harness/memory";
import { runMeasured } from "./harness/process";
import type { SourceArgs } from "./jobs/source";

const FOR_MS = 600_000;
const MESSAGES_PER_S = 5_000;
const PUTS_PER_S = 4;
/** A shorter run proves nothing about growth. */
const JUDGED_FROM_SCALE = 0.3;
const MAX_GROWTH = 1.5;
const DAY_MS = 86_400_000;

/** Runs ten minutes of the first benchmark at the wanted rate, live, and samples the memory of its process. */
export const memoryOverTime: Benchmark = {
  name: "memory",
  title: `Direct runner: memory over ten minutes of ${MESSAGES_PER_S} messages/s from the embedded Kinesis to closed sessions`,
  notMeasured:
    "Resident memory is what the process has taken from the system and Node seldom gives back; the heap in use counts garbage that is not yet collected. Not the memory of calls and bulk requests under way.",
  async run(scale) {
    const kinesis = await startKinesis();
    try {
      await kinesis.createStream("bench", 4);
      const forMs = FOR_MS * scale;
      const samples: MemorySample[] = [];
      const args: SourceArgs = { kinesis: kinesis.url, stream: "bench", forMs };
      let running = true;
      const measured = runMeasured<PipelineFigures>("source.ts", args, (line) => {
        samples.push(JSON.parse(line) as MemorySample);
      }).finally(() => (running = false));
      const size = MESSAGES_PER_S / PUTS_PER_S;
      const startedMs = performance.now();
      const startMs = Date.now() - 3 * DAY_MS;
      for (let put = 0; running; put++) {
        await putBenchMessages(kinesis.client, "bench", put * size, size, startMs);
        await sleep(Math.max(0, startedMs + ((put + 1) * 1_000) / PUTS_PER_S - performance.now()));
      }
      const { counters } = await measured;
      if (scale >= JUDGED_FROM_SCALE) refuseGrowth(tenths(samples));
      const messages = counters["countedMessages"] ?? 0;
      return tenths(samples).map(({ atS, rssMb, heapUsedMb }) => ({
        "to second": atS,
        "RSS MB": round(rssMb),
        "least heap used MB": round(heapUsedMb),
        "messages/s over all": round((messages * 1_000) / forMs),
      }));
    } finally {
      await kinesis.stop();
    }
  },
};

/** The least heap of a span is the living part: it may be noisy, but it must not climb. */
function refuseGrowth(spans: readonly MemorySample[]): void {
  const early = Math.min(...spans.slice(1, 4).map(({ heapUsedMb }) => heapUsedMb));
  const late = Math.min(...spans.slice(-3).map(({ heapUsedMb }) => heapUsedMb));
  if (late > MAX_GROWTH * early) throw new Error(`the heap grew from ${round(early)} MB to ${round(late)} MB`);
}

/** Ten spans of time: the greatest resident memory and the smallest heap of each. */
function tenths(samples: readonly MemorySample[]): readonly MemorySample[] {
  const size = Math.max(1, Math.ceil(samples.length / 10));
  const spans: MemorySample[] = [];
  for (let from = 0; from < samples.length; from += size) {
    const span = samples.slice(from, from + size);
    spans.push({
      atS: span.at(-1)!.atS,
      rssMb: Math.max(...span.map(({ rssMb }) => rssMb)),
      heapUsedMb: Math.min(...span.map(({ heapUsedMb }) => heapUsedMb)),
    });
  }
  return spans;
}
