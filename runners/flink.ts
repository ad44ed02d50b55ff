import { type FlinkOptions, flinkPipelineOptions } from "../src/beam/portable/flink-options";
import { PortableRunner } from "../src/beam/portable/runner";
import type { PipelineRun } from "../src/beam/runner";
import { Pipeline, Root } from "../src/beam/sdk";
import { buildPipeline, type PipelineSettings } from "../src/pipeline";

export interface FlinkTarget extends Omit<FlinkOptions, "isBounded"> {
  /** host:port of Beam's job service. */
  readonly jobEndpoint: string;
  /** See `bundleWorker`; the entry is src/worker.ts. */
  readonly workerCommand: string;
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

/** Runs the job on Flink. */
export function runFlink(settings: PipelineSettings, target: FlinkTarget): Promise<PipelineRun> {
  const pipeline = new Pipeline();
  buildPipeline(new Root(pipeline), settings);
  const { jobEndpoint, workerCommand, workerEnvironment } = target;
  return new PortableRunner({
    jobEndpoint,
    workerCommand,
    workerEnvironment,
    jobName: "chat-sessions",
    pipelineOptions: flinkPipelineOptions({ ...target, isBounded: settings.kinesis.untilMs !== undefined }),
  }).run(pipeline.getProto());
}
