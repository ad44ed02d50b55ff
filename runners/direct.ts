import { DirectRunner, type DirectRun } from "../src/beam/direct";
import { Pipeline, Root } from "../src/beam/sdk";
import { buildPipeline, type PipelineSettings } from "../src/pipeline";

/** Runs the job in this process. */
export function runDirect(settings: PipelineSettings): Promise<DirectRun> {
  const pipeline = new Pipeline();
  buildPipeline(new Root(pipeline), settings);
  return new DirectRunner().run(pipeline.getProto());
}
