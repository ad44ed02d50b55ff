/**
 * Types for the SDK's collections and transforms, whose own `apply` returns `any`. The objects at run time are the
 * SDK's, so everything in the SDK works with them.
 */
// Must be first: see `index.ts`.
import "./home";
import * as sdk from "apache-beam";
import type { Coder } from "apache-beam/coders/coders";
import type { Pipeline } from "apache-beam/internal/pipeline";
import type * as runnerApi from "apache-beam/proto/beam_runner_api";
import * as combiners from "apache-beam/transforms/combiners";
import type { CombineFn } from "apache-beam/transforms/group_and_combine";
import * as internal from "apache-beam/transforms/internal";
import type { WindowFn } from "apache-beam/transforms/window";
import type Long from "long";
import type { KV } from "../values";

declare const elementType: unique symbol;

/** A distributed collection of elements. */
export interface PCollection<T> {
  /** Exists for the compiler only, which would otherwise treat collections of different elements as the same type. */
  readonly [elementType]?: T;
  getId(): string;
  apply<O>(transform: PTransform<PCollection<T>, O>): O;
  map<O>(fn: (element: T) => O): PCollection<O>;
  map<O, C>(fn: (element: T, context: C) => O, context: C): PCollection<O>;
  flatMap<O>(fn: (element: T) => Iterable<O>): PCollection<O>;
  flatMap<O, C>(fn: (element: T, context: C) => Iterable<O>, context: C): PCollection<O>;
  root(): Root;
}

/** The start of a pipeline. */
export interface Root {
  apply<O>(transform: PTransform<Root, O>): O;
}

/** The argument of `apply`: a function from collections to collections, or an object of the SDK that wraps one. */
export type PTransform<I, O> =
  ((input: I, pipeline: Pipeline, transform: runnerApi.PTransform) => O) | { expand(input: I): O };

const untyped = sdk as unknown as Readonly<Record<string, unknown>>;

export const Root = sdk.Root as unknown as new (pipeline: Pipeline) => Root;

export const impulse = untyped["impulse"] as () => PTransform<Root, PCollection<Uint8Array>>;
export const sdkCreate = untyped["create"] as <T>(
  elements: T[],
  reshuffle?: boolean,
) => PTransform<Root, PCollection<T>>;
export const windowInto = untyped["windowInto"] as <T>(
  windowFn: AnyWindowFn,
  strategy?: runnerApi.WindowingStrategy,
) => PTransform<PCollection<T>, PCollection<T>>;
export const assignTimestamps = untyped["assignTimestamps"] as <T>(
  timestampOf: (element: T, before: Long) => Long,
) => PTransform<PCollection<T>, PCollection<T>>;
export const parDo = untyped["parDo"] as (<I, O, C = undefined>(
  doFn: sdk.DoFn<I, O, C>,
  context?: C,
) => PTransform<PCollection<I>, PCollection<O>>) & { readonly urn: string };
/** Sends each element to the output named by its only field. `T` is a union of objects with one field each. */
export const split = untyped["split"] as <T extends object>(
  tags: TagOf<T>[],
  options?: object,
) => PTransform<PCollection<T>, { [K in TagOf<T>]: PCollection<T extends Record<K, infer V> ? V : never> }>;
type TagOf<T> = T extends unknown ? keyof T & string : never;
export const groupByKey = internal.groupByKey as unknown as <K, V>() => PTransform<
  PCollection<KV<K, V>>,
  PCollection<KV<K, Iterable<V>>>
>;
export const combinePerKey = internal.combinePerKey as unknown as <K, I, A, O>(
  combineFn: CombineFn<I, A, O>,
) => PTransform<PCollection<KV<K, I>>, PCollection<KV<K, O>>>;
export const withCoder = internal.withCoderInternal as unknown as <T>(
  coder: Coder<T>,
) => PTransform<PCollection<T>, PCollection<T>>;
export const countPerElement = untyped["countPerElement"] as <T>() => PTransform<
  PCollection<T>,
  PCollection<{ element: T; count: number }>
>;
export const countGlobally = untyped["countGlobally"] as <T>() => PTransform<PCollection<T>, PCollection<number>>;
export const singletonSideInput = untyped["singletonSideInput"] as <T>(
  collection: PCollection<T>,
  defaultValue?: T,
) => { lookup(): T };
export const iterableSideInput = untyped["iterableSideInput"] as <T>(collection: PCollection<T>) => {
  lookup(): Iterable<T>;
};

/** A window function for windows of any kind. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's types are invariant in it
export type AnyWindowFn = WindowFn<any>;

/** Merges several collections of one pipeline into one. */
export function flatten<T>(collections: readonly PCollection<T>[], name?: string): PCollection<T> {
  const transform = (untyped["flatten"] as () => PTransform<unknown, PCollection<T>>)();
  const all = (untyped["P"] as (collections: readonly PCollection<T>[]) => PCollection<T>)([...collections]);
  return all.apply(name === undefined ? transform : sdk.withName(name, transform));
}

/** Combines values: one of the SDK's combiners (`sum`, `max`, …), an author's own, or a function of two values. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's types are invariant in it
export type Combiner<O> = CombineFn<any, any, O> | ((a: O, b: O) => O);

/** Groups elements by a key. With `combining` the result is one object for each key. */
export interface GroupBy<T, K, N extends string> {
  expand(input: PCollection<T>): PCollection<KV<K, Iterable<T>>>;
  /** Adds a combined value, as the field `resultName` beside the key. */
  combining<O, R extends string>(
    value: ValueOf<T>,
    combiner: Combiner<O>,
    resultName: R,
  ): GroupByAndCombine<T, Record<N, K> & Record<R, O>>;
}

export interface GroupByAndCombine<T, Result> {
  expand(input: PCollection<T>): PCollection<Result>;
  combining<O, R extends string>(
    value: ValueOf<T>,
    combiner: Combiner<O>,
    resultName: R,
  ): GroupByAndCombine<T, Result & Record<R, O>>;
}

/**
 * A field's name, or a function. A function is sent to workers as source text, so it must not use variables from around
 * it.
 */
type ValueOf<T> = (keyof T & string) | ((element: T) => unknown);

/**
 * Groups elements by a key. The result has the key as a field named like the key field, `keyName`, or "key". A key
 * function is sent to workers as source text.
 */
export const groupBy = untyped["groupBy"] as {
  <T, N extends keyof T & string>(field: N): GroupBy<T, T[N], N>;
  <T, N extends keyof T & string>(fields: N[]): GroupBy<T, unknown[], N>;
  <T, K, N extends string = "key">(keyOf: (element: T) => K, keyName?: N): GroupBy<T, K, N>;
};
export const groupGlobally = untyped["groupGlobally"] as <T>() => GroupBy<T, never, never>;

export const count = combiners.count as CombineFn<unknown, number, number>;
export const { sum, mean } = combiners;
export const max = combiners.max as CombineFn<number, unknown, number>;
export const min = combiners.min as CombineFn<number, unknown, number>;
