/**
 * The contract between operators and their environment. The direct runner and the Fn API worker run the same operators
 * and differ only in the environment.
 *
 * 1. A processor owns the operators of one fused stage. It runs one bundle at a time; bundles of a stage run
 *    concurrently on several processors.
 * 2. Calls go through the graph in a fixed order: `start` from the sinks up, `process` and `finish` from the source
 *    down. An operator may emit in `process` and `finish`, never in `start`.
 * 3. `process` returns nothing when it is done with the element, or a promise when the caller must wait. Waiting is the
 *    only form of back-pressure.
 * 4. After `finish` has resolved, nothing of the bundle is kept and nothing more is emitted for it.
 * 5. After any error the processor is broken: it is torn down and never used again.
 */
import type { BoundednessProto, ComponentsProto, TransformProto } from "../sdk";
import type { IntervalWindow, WindowedValue } from "../values";
import type { Metrics } from "../authoring/metrics";
import type { MetricUpdate } from "../metrics/cells";

export type Processed = void | Promise<void>;

export interface Receiver<T = unknown> {
  receive(element: WindowedValue<T>): Processed;
}

export interface Operator<T = unknown> {
  setup?(): Promise<void> | void;
  start?(): void;
  process(element: WindowedValue<T>): Processed;
  finish?(): Processed;
  teardown?(): Promise<void> | void;
}

/** The rest of a restriction that was not finished in this bundle: an input element for the same operator. */
export interface Residual {
  readonly transformId: string;
  readonly element: WindowedValue<unknown>;
  /** Holds the output watermark of every output of the transform until the residual runs. */
  readonly watermarkMs: number;
  /**
   * Time after which the residual runs. A negative delay means that nothing is left of a restriction that the runner
   * stored under a number, so the runner may delete its copy. Runners without such numbers never get negative delays.
   */
  readonly delayMs: number;
  readonly boundedness: BoundednessProto;
}

/**
 * Limits at which a splittable DoFn is asked to checkpoint, because the runner never splits an unbounded one itself.
 */
export interface CheckpointLimits {
  readonly maxOutputs: number;
  readonly maxDurationMs: number;
}

/**
 * Objects that outlive bundles: pools of asynchronous calls, and objects that DoFns share. The direct runner has one
 * scope per run, a worker one per process. `get` opens on first use. The scope's owner closes everything that was
 * opened.
 */
export interface ProcessScope {
  get<T>(key: string, open: () => T, close?: (value: T) => void | Promise<void>): T;
}

/**
 * Reads side inputs. Returns the decoded elements of the side input's window, or a promise when they must be fetched.
 */
export interface SideInputReader {
  read(
    transformId: string,
    sideInputId: string,
    window: IntervalWindow,
  ): readonly unknown[] | Promise<readonly unknown[]>;
}

/** The metrics of a bundle. Those of a running bundle are preliminary. */
export interface Figures {
  readonly metrics: readonly MetricUpdate[];
  /** Number of elements in each PCollection that this bundle read or made, by id. */
  readonly elementCounts: ReadonlyMap<string, number>;
}

/** The operators of a stage, which run one bundle at a time. */
export interface StageRun {
  setup(): Promise<void>;
  start(): void;
  finish(): Promise<Figures>;
  teardown(): Promise<void>;
}

/** The elements in flight behind an `asyncBoundary`, of which this processor has one. */
export interface InFlight {
  readonly count: number;
  /** Has the processor's element begin anew once its bundle has ended. */
  again(): void;
}

/** The environment of one processor. */
export interface StageEnvironment {
  readonly components: ComponentsProto;
  readonly scope: ProcessScope;
  readonly sideInputs: SideInputReader;
  readonly limits: CheckpointLimits;
  /** Returns the metrics of a transform, in the form for its DoFn. */
  metricsOf(transformId: string): Metrics;
  /** Returns the receiver of a PCollection, which passes elements to consumers in the stage and to sinks. */
  receiverOf(pcollectionId: string): Receiver;
  /** Accepts a residual of the current bundle. */
  onResidual(residual: Residual): void;
  /** Adds figures that were gathered outside the current bundle to those of the bundle. */
  addFigures(figures: Figures): void;
  /**
   * Only set behind an `asyncBoundary`, where the other elements in flight may join this processor's element in a call.
   */
  readonly inFlight?: InFlight;
  /** Returns the signal of the current bundle, which is aborted when the runner wants the bundle to end soon. */
  checkpointSignal(): AbortSignal;
}

/** Makes the operator of one transform. Throws when its URN or DoFn kind is unknown. */
export type OperatorFactory = (
  transformId: string,
  transform: TransformProto,
  environment: StageEnvironment,
) => Operator;
