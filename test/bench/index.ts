import { alerts } from "./alerts";
import { alertLatency } from "./flink/alert-latency";
import { bedrockStages } from "./bedrock-stages";
import { flinkSpeed } from "./flink/speed";
import { grouping } from "./grouping";
import { bedrockOnFlink } from "./flink/bedrock";
import { latency } from "./flink/latency";
import { polls } from "./flink/polls";
import { filesToSessions } from "./files-to-sessions";
import type { Benchmark } from "./harness/benchmark";
import { kinesisToSessions } from "./kinesis-to-sessions";
import { page } from "./page";
import { pageReaders } from "./page/page-readers";
import { memoryOverTime } from "./memory-over-time";
import { relevance } from "./relevance";
import { replay } from "./replay";
import { sink } from "./sink";

export const BENCHMARKS: readonly Benchmark[] = [
  kinesisToSessions,
  filesToSessions,
  grouping,
  bedrockStages,
  sink,
  replay,
  relevance,
  alerts,
];

/** Benchmarks of the job on Flink; `npm run bench -- flink` runs all of them. */
export const FLINK_BENCHMARKS: readonly Benchmark[] = [flinkSpeed, latency, alertLatency, bedrockOnFlink, polls];

/** Benchmarks of the page. The first run fills an index, which takes half an hour. */
export const PAGE_BENCHMARKS: readonly Benchmark[] = [page, pageReaders];

/** Too long for every run; `npm run soak` has them. */
export const LONG_BENCHMARKS: readonly Benchmark[] = [memoryOverTime];
