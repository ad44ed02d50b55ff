import { building } from "./authoring/definitions";
import { deferred } from "./deferred";
import { BeamError } from "./error";
import { buildError } from "./failure/stage-error";
import { coderUrns, Pipeline, type PipelineProto, Root } from "./sdk";

const madeInBuilds = new Set<string>();

/**
 * Builds a pipeline and returns its proto. Coders that `build` registers, also by importing a module, are remembered,
 * because workers do not build the pipeline and so do not know them. Rejects with a BeamError PIPELINE that has the
 * message and the place of an error thrown by `build`, or that says that `build` would never end.
 */
export async function protoOf(build: (root: Root) => void | Promise<void>): Promise<PipelineProto> {
  const before = new Set(coderUrns());
  const pipeline = new Pipeline();
  try {
    await orIdle(building(async () => build(new Root(pipeline))));
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

/** Awaits the promise. Rejects when this process has nothing left to do and would end silently before it is settled. */
async function orIdle(promise: Promise<void>): Promise<void> {
  const idle = deferred<never>();
  const sentence =
    "The pipeline cannot be built: build waits for a promise that nothing will ever settle. Have it await only what ends, such as a call that answers or a timer.";
  const onIdle = (): void => idle.reject(new BeamError("PIPELINE", sentence));
  process.once("beforeExit", onIdle);
  try {
    await Promise.race([promise, idle.promise]);
  } finally {
    process.off("beforeExit", onIdle);
  }
}
