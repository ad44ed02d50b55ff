/**
 * Prepares a pipeline for a Flink whose own settings decide parallelism, checkpoints and restarts, such as a managed
 * service.
 */
import { type PipelineProto, runnerApi } from "../sdk";
import { type FlinkOptions, managedPipelineOptions } from "./flink-options";
import { pipelineOptionUrns } from "./pipeline-options";
import { inProcesses, WORKER_IN_JAR } from "./process-environment";
import { withCodersOfTheirOwn } from "./splittable-coders";

export interface ManagedOptions extends Pick<FlinkOptions, "workers" | "maxBundleElements" | "maxBundleMs"> {
  readonly jobName: string;
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

export interface ManagedJob {
  /** A Beam pipeline proto in base 64. */
  readonly pipeline: string;
  /** Beam's options by their URNs. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Returns the pipeline in the form that the Java program in the jar reads. The worker is in the same jar. */
export function forManagedFlink(pipeline: PipelineProto, options: ManagedOptions): ManagedJob {
  const start = { command: WORKER_IN_JAR, environment: options.workerEnvironment };
  const proto = inProcesses(withCodersOfTheirOwn(pipeline), start);
  return {
    pipeline: Buffer.from(runnerApi.Pipeline.toBinary(proto)).toString("base64"),
    options: pipelineOptionUrns({ ...managedPipelineOptions(options), jobName: options.jobName }),
  };
}
