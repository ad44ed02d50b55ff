/** A ParDo with named outputs: an output tag is the name of the transform's output. */
import { type Coder, type PCollection, parDo, type Pipeline, runnerApi, type TransformProto, withName } from "../sdk";
import type { OutputCoders, OutputCollections, Outputs } from "./contract";

export interface ParDo {
  /** May change the pipeline: add coders and requirements. */
  readonly payload: (pipeline: Pipeline) => Partial<runnerApi.ParDoPayload>;
  /** Undefined: as its input. */
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
  return withName(name, expand as unknown as (input: PCollection<I>) => OutputCollections<O>);
}
