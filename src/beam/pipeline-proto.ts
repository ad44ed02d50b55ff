import { buildError } from "./failure/stage-error";
import { coderUrns, Pipeline, type PipelineProto, Root } from "./sdk";

const madeInBuilds = new Set<string>();

/**
 * What `build` makes, in the form in which runners take it. Coders that it registers, be it by importing a module, are
 * remembered: no worker builds the pipeline, so none would know them. Rejects with a BeamError PIPELINE that says what
 * `build` threw, and where.
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

/** Whether a coder was registered by a build, in this process, and not before. */
export function isMadeInBuild(urn: string): boolean {
  return madeInBuilds.has(urn);
}
