/**
 * Puts our DoFn kinds into a pipeline. Apply with `P(input).apply(transform)`, which keeps the types (the SDK's own
 * `PCollection.apply` returns `any`). An output tag is the name of the transform's output.
 */
import {
  type Coder,
  KVCoder,
  type PCollection,
  type Pipeline,
  type PTransform,
  parDo,
  runnerApi,
  serializeFn,
  type TransformProto,
  withName,
} from "../sdk";
import type { AsyncDoFn } from "./async-do-fn";
import { compactCoder } from "./coder";
import type { Outputs, TaggedDoFn } from "./do-fn";
import type { FragmentFn } from "./fragments";
import type { KV } from "../values";
import type { SplittableDoFn } from "./splittable-do-fn";
import {
  ASYNC_DO_FN_URN,
  FRAGMENT_FN_URN,
  SPLITTABLE_DO_FN_URN,
  SPLITTABLE_REQUIREMENT_URN,
  TAGGED_DO_FN_URN,
} from "./urns";

export type OutputCoders<O extends Outputs> = { readonly [T in keyof O]: Coder<O[T]> };
export type OutputCollections<O extends Outputs> = { [T in keyof O]: PCollection<O[T]> };
/** One input, any number of named outputs. */
export type OutputsTransform<I, O extends Outputs> = PTransform<PCollection<I>, OutputCollections<O>>;

/**
 * The state of a splittable DoFn's watermark estimator, milliseconds since the epoch. It travels as the value of a KV
 * whose key is the restriction, as in Beam's Java SDK.
 */
export const watermarkStateCoder = compactCoder<number>("beam-chat-sessions:coder:watermark_state", 1, {
  write: (watermarkMs, writer) => writer.double(watermarkMs),
  read: (reader) => reader.double(),
});

/** A synchronous DoFn with named outputs. `name` must be unique within the enclosing transform. */
export function taggedParDo<I, O extends Outputs>(
  name: string,
  fn: TaggedDoFn<I, O>,
  outputs: OutputCoders<O>,
): OutputsTransform<I, O> {
  return parDoOf(name, outputs, () => payloadOf(TAGGED_DO_FN_URN, fn));
}

/** A DoFn of asynchronous calls. `name` must be unique within the enclosing transform. */
export function asyncParDo<I, O extends Outputs>(
  name: string,
  fn: AsyncDoFn<I, O>,
  outputs: OutputCoders<O>,
): OutputsTransform<I, O> {
  return parDoOf(name, outputs, () => payloadOf(ASYNC_DO_FN_URN, fn));
}

/**
 * Values → fragments of what a bundle has of each key, to be put before a GroupByKey. `name` must be unique within the
 * enclosing transform.
 */
export function fragments<K, V, F>(
  name: string,
  fn: FragmentFn<V, F>,
  coder: Coder<KV<K, F>>,
): OutputsTransform<KV<K, V>, { main: KV<K, F> }> {
  return parDoOf(name, { main: coder }, () => payloadOf(FRAGMENT_FN_URN, fn));
}

/**
 * A splittable DoFn. `restriction` is the coder of its restriction alone; `bounded` says whether every restriction
 * comes to an end by itself: the outputs of an unbounded one are unbounded PCollections.
 */
export function splittableParDo<E, R, P, O extends Outputs>(
  name: string,
  fn: SplittableDoFn<E, R, P, O>,
  options: {
    readonly restriction: Coder<R>;
    readonly bounded: boolean;
    readonly outputs: OutputCoders<O>;
    /** Of a kind that has an operator of its own. */
    readonly urn?: string;
  },
): OutputsTransform<E, O> {
  const isBounded = options.bounded ? undefined : runnerApi.IsBounded_Enum.UNBOUNDED;
  return parDoOf(
    name,
    options.outputs,
    (pipeline) => {
      const { requirements } = pipeline.getProto();
      if (!requirements.includes(SPLITTABLE_REQUIREMENT_URN)) requirements.push(SPLITTABLE_REQUIREMENT_URN);
      const restrictionCoderId = pipeline.getCoderId(new KVCoder(options.restriction, watermarkStateCoder));
      return { ...payloadOf(options.urn ?? SPLITTABLE_DO_FN_URN, fn), restrictionCoderId };
    },
    isBounded,
  );
}

function parDoOf<I, O extends Outputs>(
  name: string,
  outputs: OutputCoders<O>,
  payload: (pipeline: Pipeline) => runnerApi.ParDoPayload,
  isBounded?: runnerApi.IsBounded_Enum,
): OutputsTransform<I, O> {
  return withName(name, (_input: PCollection<I>, pipeline: Pipeline, transform: TransformProto) => {
    transform.spec = runnerApi.FunctionSpec.create({
      urn: parDo.urn,
      payload: runnerApi.ParDoPayload.toBinary(payload(pipeline)),
    });
    const collections = Object.entries(outputs).map(
      ([tag, coder]) =>
        [tag, pipeline.createPCollectionInternal(coder as Coder<unknown>, undefined, isBounded)] as const,
    );
    return Object.fromEntries(collections) as OutputCollections<O>;
  });
}

function payloadOf(urn: string, fn: object): runnerApi.ParDoPayload {
  return runnerApi.ParDoPayload.create({
    doFn: runnerApi.FunctionSpec.create({ urn, payload: serializeFn({ fn }) }),
  });
}
