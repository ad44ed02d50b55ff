import { readOptions } from "../../../src/options";

/** The job's defaults, with which every figure on Flink is measured, so that all of them hold at once. */
export function optionsText(): string {
  const options = readOptions(["--runner", "flink"], {});
  const { flink } = options;
  const { summarise, openSearch } = options.pipelineSettings({ opensearch: "http://127.0.0.1" }, 0);
  const all = {
    ...flink,
    concurrency: summarise.bedrock.maxConcurrentCalls,
    bulkAgeMs: openSearch.bulk.maxAgeMs,
    refreshIntervalMs: openSearch.refreshIntervalMs,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(", ");
}
