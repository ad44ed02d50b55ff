/**
 * What an operator is, who owns it, and which calls go which way. The direct runner and the Fn API worker run the same
 * operators; all that differs is the environment that they hand in.
 *
 * 1. A `BundleProcessor` owns the operators of one fused stage. It runs one bundle at a time; bundles run concurrently
 *    on several processors of the same stage.
 * 2. Calls go down the graph: `start` from the sinks up, `process` from the source down, `finish` from the source down.
 *    An operator may emit in `process` and `finish`, never in `start`.
 * 3. `process` returns nothing when it is done with the element, or a promise when the caller must wait. Waiting is the
 *    only form of back-pressure.
 * 4. After `finish` resolved, nothing of the bundle is kept and nothing more is emitted for it.
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

/** What a splittable stage could not finish in this bundle: the operator's own input element, to be fed to it again. */
export interface Residual {
  readonly transformId: string;
  readonly element: WindowedValue<unknown>;
  /** Holds the output watermark of every output of the transform until the residual runs again. */
  readonly watermarkMs: number;
  /**
   * After which it runs again. Negative: nothing is left to do of a restriction that the runner kept under a number, and
   * what it keeps of it may go. Runners that number nothing get none of those.
   */
  readonly delayMs: number;
  readonly boundedness: BoundednessProto;
}

/** Limits after which a splittable DoFn is asked to checkpoint; the runner never splits an unbounded one itself. */
export interface CheckpointLimits {
  readonly maxOutputs: number;
  readonly maxDurationMs: number;
}

/**
 * What outlives bundles: pools of asynchronous calls, and what DoFns share. One per run in the direct runner, one per
 * process in a worker. `get` opens on first use; whoever owns the scope closes what was opened.
 */
export interface ProcessScope {
  get<T>(key: string, open: () => T, close?: (value: T) => void | Promise<void>): T;
}

/** Reads side inputs. The elements of the side input's window, decoded; a promise where they must be fetched. */
export interface SideInputReader {
  read(
    transformId: string,
    sideInputId: string,
    window: IntervalWindow,
  ): readonly unknown[] | Promise<readonly unknown[]>;
}

/** What a bundle did; of one that still runs: so far. */
export interface Figures {
  readonly metrics: readonly MetricUpdate[];
  /** Elements of every PCollection that this bundle read or made, by id. */
  readonly elementCounts: ReadonlyMap<string, number>;
}

/** The operators of a stage, which run one bundle at a time. */
export interface StageRun {
  setup(): Promise<void>;
  start(): void;
  finish(): Promise<Figures>;
  teardown(): Promise<void>;
}

/** Elements in flight behind an `asyncBoundary`; the processor that is told has one of them. */
export interface InFlight {
  readonly count: number;
}

/** The environment of one processor. */
export interface StageEnvironment {
  readonly components: ComponentsProto;
  readonly scope: ProcessScope;
  readonly sideInputs: SideInputReader;
  readonly limits: CheckpointLimits;
  /** Metrics of a transform, as its DoFn sees them. */
  metricsOf(transformId: string): Metrics;
  /** The receiver of a PCollection: the consumers within the stage and whatever leaves it. */
  receiverOf(pcollectionId: string): Receiver;
  /** Takes a residual of the bundle being processed. */
  onResidual(residual: Residual): void;
  /** Takes figures that were gathered outside the bundle being processed into its own. */
  addFigures(figures: Figures): void;
  /** Only behind an `asyncBoundary`: the others may join this processor's element in a call. */
  readonly inFlight?: InFlight;
  /** Aborted when the runner wants this processor's bundle to end soon. A new one for each bundle. */
  checkpointSignal(): AbortSignal;
}

/** Makes the operator of one transform; throws when its URN or DoFn kind is unknown. */
export type OperatorFactory = (
  transformId: string,
  transform: TransformProto,
  environment: StageEnvironment,
) => Operator;
