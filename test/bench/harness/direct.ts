import { DirectRunner } from "../../../src/beam/direct";
import { protoOf } from "../../../src/beam/pipeline-proto";
import type { Root } from "../../../src/beam/sdk";
import { type Usage, measure } from "./process";

export interface PipelineFigures extends Usage {
  /** Counters by name, over all transforms. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Runs a pipeline to its end, or drains it after `forMs`; the figures include the runner's own start. */
export async function runMeasuredPipeline(build: (root: Root) => void, forMs?: number): Promise<PipelineFigures> {
  const pipeline = await protoOf(build);
  const counters: Record<string, number> = {};
  const usage = await measure(async () => {
    const run = await new DirectRunner().run(pipeline);
    const timer = forMs === undefined ? undefined : setTimeout(() => void run.drain(), forMs);
    await run.finished;
    clearTimeout(timer);
    for (const metric of await run.metrics()) {
      if (metric.kind === "counter") counters[metric.name] = (counters[metric.name] ?? 0) + metric.value;
    }
  });
  return { ...usage, counters };
}
