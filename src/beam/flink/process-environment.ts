import { type PipelineProto, runnerApi } from "../sdk";

/** The command of the worker in a job's jar, which beamstreaming.WorkerFolder of src/beam/java recognises. */
export const WORKER_IN_JAR = "classpath:worker";

/**
 * Default variables of every worker. The setting returns freed buffers of this size to the system. By default the C
 * library raises its threshold to the largest freed buffer and keeps smaller ones as fragments that rarely fit
 * (measured with elements of 1 MB: a peak of 297 and 316 MB in two runs, instead of 320 to 390 MB).
 */
export const WORKER_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: "131072" } as const;

export interface WorkerStart {
  /** Command that every TaskManager starts with `--id` and `--provision_endpoint`. */
  readonly command: string;
  /** Variables that add to the TaskManager's own or replace them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes the pipeline run its own transforms in worker processes that the runner starts. */
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
