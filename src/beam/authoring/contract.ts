/** The types that authors' code and the operators share, for every kind of DoFn. */
import type { Coder, PCollection } from "../sdk";
import type { IntervalWindow, Pane } from "../values";
import type { Metrics } from "./metrics";

/** Output tags and the type of each output's elements. */
export type Outputs = Record<string, unknown>;

export type OutputCoders<O extends Outputs> = { readonly [T in keyof O]: Coder<O[T]> };
export type OutputCollections<O extends Outputs> = { readonly [T in keyof O]: PCollection<O[T]> };

/**
 * Emits one element to the output `tag`. Without `timestampMs` the element has the timestamp of the input element. Its
 * windows are always those of the input element. A returned promise means that a downstream stage is full: an
 * asynchronous author should await it before emitting more. For a synchronous author the operator waits.
 */
export type Emit<O extends Outputs> = <T extends keyof O & string>(
  tag: T,
  value: O[T],
  timestampMs?: number,
) => void | Promise<void>;

/** Emits where there is no input element (`finishBundle`), so the timestamp and the window must be given. */
export type EmitWindowed<O extends Outputs> = <T extends keyof O & string>(
  tag: T,
  value: O[T],
  timestampMs: number,
  window: IntervalWindow,
) => void | Promise<void>;

export interface ElementContext {
  readonly timestampMs: number;
  /** The window of this call. An element in several windows is processed once for each of them. */
  readonly window: IntervalWindow;
  readonly pane: Pane;
}

/**
 * Objects that outlive bundles and DoFn instances, such as connections and caches. A run has one `Shared` in each
 * process.
 */
export interface Shared {
  /**
   * Returns the object for `key`, which all DoFns of the run share. The first caller has it opened. `close` is called
   * when the run ends in this process, for the last opened object first.
   */
  get<T>(key: string, open: () => T, close?: (shared: T) => void | Promise<void>): T;
}

export interface OpenContext {
  readonly metrics: Metrics;
  /** The transform's unique name, for logs and errors. */
  readonly stageName: string;
  readonly shared: Shared;
}

/** The outputs of a DoFn that emits nothing. */
export type NoOutputs = Record<string, never>;

/**
 * The properties that definitions of all kinds have. `S` is the settings' type, `Instance` the type that processes
 * elements.
 */
export interface Definition<S, O extends Outputs, Instance> {
  /** The coder of each output. */
  readonly outputs: OutputCoders<O>;
  /** Makes an instance, before its first bundle. Whatever is not plain data must be made here. */
  open(settings: S, context: OpenContext): Instance | Promise<Instance>;
}

/** The part of a DoFn that is sent to workers: the name of its definition, and its settings. */
export interface DoFnSpec {
  readonly name: string;
  readonly settings: unknown;
}

/** A transform that consists of one DoFn. `spec` is the part of it that is sent to workers. */
export type DoFnTransform<I, O extends Outputs> = ((input: PCollection<I>) => OutputCollections<O>) & {
  readonly spec: DoFnSpec;
};

/**
 * Makes a transform from settings: `input.apply(parse(settings)).main`. `withName` gives the transform another name.
 */
export type DefinedDoFn<S, I, O extends Outputs> = (settings: S) => DoFnTransform<I, O>;
