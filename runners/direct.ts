import { DirectRunner, type DirectRun, type DirectRunnerOptions } from "../src/beam/direct";
import { Pipeline, Root } from "../src/beam/sdk";
import { buildPipeline, type PipelineSettings } from "../src/pipeline";

/** Runs the job in this process. */
export function runDirect(settings: PipelineSettings, options: DirectRunnerOptions = {}): Promise<DirectRun> {
  const pipeline = new Pipeline();
  buildPipeline(new Root(pipeline), settings);
  return new DirectRunner(options).run(pipeline.getProto());
}
