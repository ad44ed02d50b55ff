import { Pipeline, type PipelineProto, Root } from "./sdk";

/** What `build` makes, in the form in which runners take it. */
export function protoOf(build: (root: Root) => void): PipelineProto {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  return pipeline.getProto();
}
