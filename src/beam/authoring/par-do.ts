/** A ParDo with named outputs: the tag of an output is also its name in the transform. */
import { type Coder, type PCollection, parDo, type Pipeline, runnerApi, type TransformProto, withName } from "../sdk";
import type { OutputCoders, OutputCollections, Outputs } from "./contract";

export interface ParDo {
  /** Makes the payload. It may add coders and requirements to the pipeline. */
  readonly payload: (pipeline: Pipeline) => Partial<runnerApi.ParDoPayload>;
  /** Boundedness of the outputs; undefined means that of the input. */
  readonly isBounded: runnerApi.IsBounded_Enum | undefined;
}

export function parDoInto<I, O extends Outputs>(
  name: string,
  outputs: OutputCoders<O>,
  { payload, isBounded }: ParDo,
): (input: PCollection<I>) => OutputCollections<O> {
  const expand = (_input: PCollection<I>, pipeline: Pipeline, transform: TransformProto): OutputCollections<O> => {
    transform.spec = runnerApi.FunctionSpec.create({
      urn: parDo.urn,
      payload: runnerApi.ParDoPayload.toBinary(runnerApi.ParDoPayload.create(payload(pipeline))),
    });
    const collections = Object.entries(outputs).map(
      ([tag, coder]) =>
        [tag, pipeline.createPCollectionInternal(coder as Coder<unknown>, undefined, isBounded)] as const,
    );
    return Object.fromEntries(collections) as unknown as OutputCollections<O>;
  };
  // The SDK passes pipeline and transform to an expansion, which authors never call.
  return withName(name, expand as unknown as (input: PCollection<I>) => OutputCollections<O>);
}
