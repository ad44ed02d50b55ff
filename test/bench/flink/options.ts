import { availableParallelism } from "node:os";
import type { FlinkOptions } from "../../../src/beam/flink/flink-options";
import { defaultWorkers } from "../../../src/beam/target";
import { readOptions } from "../../../src/options";

export type FlinkDefaults = Omit<FlinkOptions, "isBounded">;

/** The job's defaults on the embedded Flink of this machine. */
export function flinkDefaults(): FlinkDefaults {
  const { flink } = readOptions(["--runner", "flink"], {});
  if (flink === undefined) throw new Error("The options choose no Flink.");
  return { ...flink, workers: flink.workers ?? defaultWorkers(availableParallelism()) };
}

/** The job's defaults, with which every figure on Flink is measured, so that all of them hold at once. */
export function optionsText(instead: Partial<FlinkDefaults> = {}): string {
  const options = readOptions(["--runner", "flink"], {});
  const { summarise, openSearch } = options.pipelineSettings({ opensearch: "http://127.0.0.1" }, 0);
  const all = {
    ...flinkDefaults(),
    ...instead,
    concurrency: summarise.bedrock.maxConcurrentCalls,
    bulkAgeMs: openSearch.bulk.maxAgeMs,
    refreshIntervalMs: openSearch.refreshIntervalMs,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(", ");
}
