/**
 * The job for Amazon Managed Service for Apache Flink: built on the JobManager from runtime properties, and handed to
 * the Java program there that runs it. Nothing in it depends on the machine that packaged the jar.
 */
import { forManagedFlink, type ManagedJob } from "../../../src/beam/flink/managed";
import { protoOf } from "../../../src/beam";
import { JobError } from "../../../src/chat/errors";
import { readProperties } from "../../../src/options/properties";
import { propertiesOf } from "../../../src/options/properties-file";
import { buildPipeline } from "../../../src/pipeline";
import { checkWhatAnswers } from "../../../src/cli/start/checks";

const JOB_NAME = "chat-sessions";

/**
 * Native memory of each KPU: 1 GiB beside the Java heap, which RocksDB, Java itself and the workers share. Workers are
 * counted for each TaskManager, and the service does not say how many KPUs one has: sizes for a single one fit any.
 */
const NATIVE_MB = 1_024;
/** A KPU has one processor. */
const DEFAULT_WORKERS = 1;
const WORKERS_SHARE = 0.5;
/** Memory of a worker beside its old space: program, young space, buffers. */
const WORKER_BASE_MB = 130;
/** The least old space that holds one bundle of large messages. */
const LEAST_HEAP_MB = 96;

/**
 * Builds the job from the content of the file of runtime properties, once stream, models and index were looked for;
 * `warn` is told of services that do not answer, which the job waits for. Rejects with a `JobError` of one sentence.
 */
export async function managedJob(propertiesFile: string, warn: (error: JobError) => void): Promise<ManagedJob> {
  const job = readProperties(propertiesOf(propertiesFile));
  // The assertion is sound, because readProperties chooses the runner.
  const flink = job.flink!;
  const { workers = DEFAULT_WORKERS } = flink;
  const heapMb = workerHeapMb(workers);
  const settings = await checkWhatAnswers(job.pipelineSettings(job.endpoints, Date.now()), warn);
  const pipeline = await protoOf((root) => buildPipeline(root, settings));
  return forManagedFlink(pipeline, {
    ...flink,
    workers,
    jobName: JOB_NAME,
    workerEnvironment: { CHAT_SESSIONS_LOG_LEVEL: job.logLevel, NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
  });
}

/** Old space of each of a KPU's workers, in MiB. Throws `JobError` BAD_OPTION when that many do not fit. */
export function workerHeapMb(workers: number): number {
  const heapMb = Math.floor((NATIVE_MB * WORKERS_SHARE) / workers - WORKER_BASE_MB);
  if (heapMb >= LEAST_HEAP_MB) return heapMb;
  const most = Math.floor((NATIVE_MB * WORKERS_SHARE) / (LEAST_HEAP_MB + WORKER_BASE_MB));
  throw new JobError("BAD_OPTION", `sdk-workers must be ${most} at most: a KPU has no memory for more.`);
}
