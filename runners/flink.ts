import type { ClusterRun } from "../src/beam/flink/cluster-run";
import { ClusterRunner, type ClusterRunnerOptions } from "../src/beam/flink/cluster-runner";
import { flinkConfiguration, type FlinkConfigurationOptions } from "../src/beam/flink/flink-configuration";
import { type FlinkOptions, flinkPipelineOptions } from "../src/beam/flink/flink-options";
import { type JobService, PortableRunner } from "../src/beam/flink/runner";
import type { PipelineRun } from "../src/beam/runner";
import { Pipeline, type PipelineProto, Root } from "../src/beam/sdk";
import { buildPipeline, type PipelineSettings } from "../src/pipeline";

export interface FlinkTarget extends Omit<FlinkOptions, "isBounded"> {
  readonly jobService: JobService;
  /** See `bundleWorker`; the entry is src/worker.ts. */
  readonly workerCommand: string;
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

export interface ClusterTarget
  extends
    Omit<FlinkOptions, "isBounded">,
    Omit<FlinkConfigurationOptions, "isBounded">,
    Pick<ClusterRunnerOptions, "rest" | "runnerJar" | "worker" | "workerEnvironment" | "allowNonRestoredState"> {
  readonly fromSavepoint: string | undefined;
}

const JOB_NAME = "chat-sessions";

/** Runs the job on a Flink behind Beam's job service. */
export function runFlink(settings: PipelineSettings, target: FlinkTarget): Promise<PipelineRun> {
  const { jobService, workerCommand, workerEnvironment } = target;
  return new PortableRunner({
    jobService,
    workerCommand,
    workerEnvironment,
    jobName: JOB_NAME,
    pipelineOptions: flinkPipelineOptions({ ...target, isBounded: isBounded(settings) }),
  }).run(protoOf(settings));
}

/** Runs the job on a Flink cluster. */
export function runOnCluster(settings: PipelineSettings, target: ClusterTarget): Promise<ClusterRun> {
  const options = { ...target, isBounded: isBounded(settings) };
  return new ClusterRunner({
    ...target,
    jobName: JOB_NAME,
    pipelineOptions: flinkPipelineOptions(options),
    flinkConfiguration: flinkConfiguration(options),
    savepointPath: target.fromSavepoint,
  }).run(protoOf(settings));
}

function isBounded({ kinesis }: PipelineSettings): boolean {
  return kinesis.untilMs !== undefined;
}

function protoOf(settings: PipelineSettings): PipelineProto {
  const pipeline = new Pipeline();
  buildPipeline(new Root(pipeline), settings);
  return pipeline.getProto();
}
