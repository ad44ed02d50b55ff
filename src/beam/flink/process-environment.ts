import { type PipelineProto, runnerApi } from "../sdk";

/** The command of the worker that travels in a job's jar: beamstreaming.WorkerFolder of src/beam/java knows it. */
export const WORKER_IN_JAR = "classpath:worker";

/**
 * For every worker, unless it is told otherwise. Freed buffers of this many bytes go back to the system: left to itself, the C
 * library raises its threshold with the largest buffer that was freed, and keeps what is below for pieces that never fit
 * (measured where elements are of 1 MB: a peak of 297 and 316 MB in two runs, instead of 320 to 390 MB).
 */
export const WORKER_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: "131072" } as const;

export interface WorkerStart {
  /** Started on every TaskManager with `--id` and `--provision_endpoint`. */
  readonly command: string;
  /** Beside the TaskManager's own variables, or instead of them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The pipeline with its own transforms in worker processes that the runner starts itself. */
export function inProcesses(pipeline: PipelineProto, { command, environment }: WorkerStart): PipelineProto {
  const env = { ...WORKER_ENVIRONMENT, ...environment };
  const payload = runnerApi.ProcessPayload.toBinary({ os: "", arch: "", command, env });
  const environments = Object.entries(pipeline.components?.environments ?? {}).map(
    ([id, own]) => [id, { ...own, urn: "beam:env:process:v1", payload }] as const,
  );
  return {
    ...pipeline,
    components: { ...pipeline.components!, environments: Object.fromEntries(environments) },
  };
}
