/** What the code of authors and the operators that run it have in common, whatever the kind of DoFn. */
import type { Coder, PCollection, PTransform } from "../sdk";
import type { IntervalWindow, Pane } from "../values";
import type { Metrics } from "./metrics";

/** Output tags and the type of each output's elements. */
export type Outputs = Record<string, unknown>;

export type OutputCoders<O extends Outputs> = { readonly [T in keyof O]: Coder<O[T]> };
export type OutputCollections<O extends Outputs> = { readonly [T in keyof O]: PCollection<O[T]> };
/** One input, any number of named outputs. */
export type OutputsTransform<I, O extends Outputs> = PTransform<PCollection<I>, OutputCollections<O>>;

/**
 * Emits one element to the output `tag`. Without `timestampMs` it has the timestamp of the element being processed; its
 * windows are always that element's. A returned promise means that a stage downstream is full: an asynchronous author
 * should await it before emitting more; for a synchronous one the operator does.
 */
export type Emit<O extends Outputs> = <T extends keyof O & string>(
  tag: T,
  value: O[T],
  timestampMs?: number,
) => void | Promise<void>;

/** Emits outside of any element, so time and window must be named. */
export type EmitWindowed<O extends Outputs> = <T extends keyof O & string>(
  tag: T,
  value: O[T],
  timestampMs: number,
  window: IntervalWindow,
) => void | Promise<void>;

export interface ElementContext {
  readonly timestampMs: number;
  /** An element in several windows is processed once for each of them. */
  readonly window: IntervalWindow;
  readonly pane: Pane;
}

/** What outlives bundles and instances: connections, caches. One for each run in a process. */
export interface Shared {
  /**
   * What `key` stands for, over all DoFns of the run; the first who asks has it opened. `close` is called when the run ends
   * in this process, the last opened first.
   */
  get<T>(key: string, open: () => T, close?: (shared: T) => void | Promise<void>): T;
}

export interface OpenContext {
  readonly metrics: Metrics;
  /** The transform's unique name, for logs and errors. */
  readonly stageName: string;
  readonly shared: Shared;
}

/** Of a DoFn that emits nothing. */
export type NoOutputs = Record<string, never>;

/** What all kinds of definitions have. `S` settings, `Instance` what processes elements. */
export interface Definition<S, O extends Outputs, Instance> {
  /** The coder of each output. */
  readonly outputs: OutputCoders<O>;
  /** Makes an instance, before its first bundle. All that is no plain data is made here. */
  open(settings: S, context: OpenContext): Instance | Promise<Instance>;
}

/** What of a DoFn travels: the name of its definition, and its settings. */
export interface DoFnSpec {
  readonly name: string;
  readonly settings: unknown;
}

/** A transform of one DoFn. `spec` is what of it travels. */
export type DoFnTransform<I, O extends Outputs> = ((input: PCollection<I>) => OutputCollections<O>) & {
  readonly spec: DoFnSpec;
};

/** Gives the transform of settings: `input.apply(parse(settings)).main`; `withName` gives it another name. */
export type DefinedDoFn<S, I, O extends Outputs> = (settings: S) => DoFnTransform<I, O>;
