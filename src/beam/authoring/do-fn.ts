import type { IntervalWindow, Pane } from "../values";
import type { Metrics } from "./metrics";

/** Output tags and the type of each output's elements. */
export type Outputs = Record<string, unknown>;

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

export interface SetupContext {
  readonly metrics: Metrics;
  /** The transform's unique name, for logs and errors. */
  readonly stageName: string;
}

/** What every kind of DoFn may have. `setup` runs once per deserialised instance, before its first bundle. */
export interface DoFnLifecycle {
  setup?(context: SetupContext): void | Promise<void>;
  teardown?(): void | Promise<void>;
}

/**
 * A synchronous DoFn with any number of named outputs. Instances travel by the name of their class (see
 * `registerForSerialization`), so fields set by the constructor must be plain data.
 */
export interface TaggedDoFn<I, O extends Outputs> extends DoFnLifecycle {
  startBundle?(): void;
  process(element: I, emit: Emit<O>, context: ElementContext): void;
  finishBundle?(emit: EmitWindowed<O>): void;
}

/** Of a DoFn that emits nothing. */
export type NoOutputs = Record<string, never>;
