import { buildError } from "./failure/stage-error";
import { coderUrns, Pipeline, type PipelineProto, Root } from "./sdk";

const madeInBuilds = new Set<string>();

/**
 * Builds a pipeline and returns its proto. Coders that `build` registers, also by importing a module, are remembered,
 * because workers do not build the pipeline and so do not know them. Rejects with a BeamError PIPELINE that has the
 * message and the place of an error thrown by `build`.
 */
export async function protoOf(build: (root: Root) => void | Promise<void>): Promise<PipelineProto> {
  const before = new Set(coderUrns());
  const pipeline = new Pipeline();
  try {
    await build(new Root(pipeline));
  } catch (error) {
    throw buildError(error);
  } finally {
    for (const urn of coderUrns()) if (!before.has(urn)) madeInBuilds.add(urn);
  }
  return pipeline.getProto();
}

/** Returns true for a coder that a build in this process registered. */
export function isMadeInBuild(urn: string): boolean {
  return madeInBuilds.has(urn);
}
