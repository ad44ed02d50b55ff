/**
 * The operators of one fused stage, and the bundles that run through them.
 *
 * 1. The order of calls is `setup`, then any number of `start`, `input(…).receive` and `finish`, then `teardown`.
 * 2. One bundle runs at a time. `finish` returns its residuals, metrics and counts, and nothing of them is kept.
 * 3. The first error breaks the processor, even if an author's code swallowed it. After that `finish` rejects with it,
 *    so that a bundle never succeeds with elements missing. Only `teardown` may follow.
 * 4. Every error that leaves the stage is a BeamError, which names the transform that it comes from.
 * 5. The transforms behind an `asyncBoundary` form a stage within the stage, which that operator runs.
 */
import { MetricsAggregator } from "../metrics/aggregator";
import { BundleMetrics } from "../metrics/bundle-metrics";
import type { ComponentsProto } from "../sdk";
import type { WindowedValue } from "../values";
import type {
  CheckpointLimits,
  Figures,
  Operator,
  Processed,
  ProcessScope,
  Receiver,
  Residual,
  InFlight,
  SideInputReader,
  StageEnvironment,
  StageRun,
} from "./contract";
import { AsyncBoundaryOperator, isAsyncBoundary } from "./async-boundary";
import type { ProcessorBuilder } from "./async-boundary-processors";
import { type AuthorText, stageError, unusableStageError } from "../failure/stage-error";
import { downstreamOf, hasSideInputs, inTopologicalOrder, mainInputs, transformOf } from "./graph";
import { OperatorReceiver, PCollectionReceiver } from "./receivers";
import { createOperator } from "./registry";
import { isSplittable, type Split } from "./splittable-process";
import { SDF_PROCESS_URN } from "./urns";

export interface StageSpec {
  readonly components: ComponentsProto;
  /** The transforms of the stage, in any order, without composites. */
  readonly transformIds: readonly string[];
  readonly scope: ProcessScope;
  readonly sideInputs: SideInputReader;
  readonly limits: CheckpointLimits;
  readonly authorText: AuthorText;
  /**
   * Receivers of PCollections that leave the stage, by id. Such a PCollection may also have consumers within the stage.
   */
  readonly sinks: ReadonlyMap<string, Receiver>;
  readonly inFlight?: InFlight;
  /** Returns the function that transforms each value of a PCollection made here; see `edgeCheck`. */
  readonly through?: (pcollectionId: string) => (value: unknown) => unknown;
}

export interface BundleResult extends Figures {
  readonly residuals: readonly Residual[];
}

interface Stage {
  readonly transformId: string;
  readonly operator: Operator;
  readonly onError: (error: unknown) => Error;
}

/** Work of the current restriction, in any one unit. */
export interface RestrictionProgress {
  readonly transformId: string;
  readonly completed: number;
  readonly remaining: number;
}

export class StageProcessor implements StageRun {
  private readonly receivers = new Map<string, PCollectionReceiver>();
  private readonly metrics = new BundleMetrics();
  /** Metrics of stages within this one. */
  private readonly innerMetrics = new MetricsAggregator();
  private readonly innerCounts = new Map<string, number>();
  private readonly stages: readonly Stage[];
  private checkpoint = new AbortController();
  private residuals: Residual[] = [];
  private failure: Error | undefined;
  private brokenTransformId: string | undefined;

  /** Throws a BeamError when a transform is not supported or its DoFn cannot be decoded. */
  constructor(spec: StageSpec) {
    const { components, sinks, through } = spec;
    if (through !== undefined) {
      const made = spec.transformIds.flatMap((id) => Object.values(transformOf(components, id).outputs));
      for (const id of made) this.receivers.set(id, new PCollectionReceiver(through(id)));
    }
    const boundaries = spec.transformIds.filter((id) => isAsyncBoundary(transformOf(components, id)));
    const inner = new Set(boundaries.flatMap((id) => downstreamOf(components, id, spec.transformIds)));
    const environment: StageEnvironment = {
      components,
      scope: spec.scope,
      sideInputs: spec.sideInputs,
      limits: spec.limits,
      metricsOf: (transformId) => this.metrics.of(transformId),
      receiverOf: (pcollectionId) => this.receiverOf(pcollectionId),
      onResidual: (residual) => this.residuals.push(residual),
      addFigures: (figures) => this.addInner(figures, sinks),
      ...(spec.inFlight === undefined ? {} : { inFlight: spec.inFlight }),
      checkpointSignal: () => this.checkpoint.signal,
    };
    const outer = spec.transformIds.filter((id) => !inner.has(id));
    this.stages = inTopologicalOrder(components, outer).map((transformId) => {
      const transform = transformOf(components, transformId);
      const onError = (error: unknown): Error => {
        this.brokenTransformId ??= transformId;
        return (this.failure ??= stageError(transform.uniqueName, error, spec.authorText));
      };
      try {
        const operator = isAsyncBoundary(transform)
          ? new AsyncBoundaryOperator(transformId, transform, environment, processorBuilder(spec, transformId))
          : createOperator(transformId, environment);
        return { transformId, operator, onError };
      } catch (error) {
        throw unusableStageError(transform.uniqueName, error);
      }
    });
    for (const { transformId, operator, onError } of this.stages) {
      const transform = transformOf(components, transformId);
      const consumer = new OperatorReceiver(operator, onError);
      for (const pcollectionId of mainInputs(transform)) this.receiverOf(pcollectionId).add(consumer);
    }
    for (const [pcollectionId, sink] of sinks) this.receiverOf(pcollectionId).add(sink);
  }

  async setup(): Promise<void> {
    for (const { operator, onError } of this.stages) {
      try {
        await operator.setup?.();
      } catch (error) {
        throw onError(error);
      }
    }
  }

  start(): void {
    if (this.failure !== undefined) throw this.failure;
    this.checkpoint = new AbortController();
    for (const { operator, onError } of [...this.stages].reverse()) {
      try {
        operator.start?.();
      } catch (error) {
        throw onError(error);
      }
    }
  }

  /** Returns the receiver of an input PCollection, which is the same for all bundles. */
  input(pcollectionId: string): Receiver {
    return this.receiverOf(pcollectionId);
  }

  process(pcollectionId: string, element: WindowedValue<unknown>): Processed {
    return this.receiverOf(pcollectionId).receive(element);
  }

  /** Asks the bundle's splittable DoFns for checkpoints. */
  requestCheckpoint(): void {
    this.checkpoint.abort();
  }

  /** Splits the current restriction, if any. The residual goes to the caller, not to the bundle's result. */
  split(fractionOfRemainder: number): Split | undefined {
    for (const { operator, onError } of this.stages) {
      if (!isSplittable(operator)) continue;
      try {
        return operator.split(fractionOfRemainder);
      } catch (error) {
        throw onError(error);
      }
    }
    return undefined;
  }

  /**
   * Returns undefined when there is no current restriction, and when its tracker does not measure or fails at it. Then
   * the bundle fails, which says it once: runners ask often, and not all of them show an answer's error.
   */
  restrictionProgress(): RestrictionProgress | undefined {
    for (const { transformId, operator, onError } of this.stages) {
      if (!isSplittable(operator)) continue;
      try {
        const progress = operator.progress();
        if (progress !== undefined) return { transformId, ...progress };
      } catch (error) {
        onError(error);
      }
    }
    return undefined;
  }

  /** Returns the figures of the running bundle so far, without changing them. */
  figures(): Figures {
    const counts = [...this.receivers].map(([id, receiver]) => [id, receiver.peekCount()] as const);
    const metrics = [...this.metrics.peek(), ...this.innerMetrics.peek()];
    return { metrics, elementCounts: new Map([...this.innerCounts, ...counts]) };
  }

  /** Id of the transform whose error broke the processor, if any. */
  get failedTransformId(): string | undefined {
    return this.brokenTransformId;
  }

  async finish(): Promise<BundleResult> {
    for (const { operator, onError } of this.stages) {
      if (this.failure !== undefined) throw this.failure;
      try {
        await operator.finish?.();
      } catch (error) {
        throw onError(error);
      }
    }
    // An operator may have recorded a failure while a later one finished.
    this.throwFailure();
    const { residuals } = this;
    this.residuals = [];
    const counts = [...this.receivers].map(([id, receiver]) => [id, receiver.takeCount()] as const);
    const metrics = [...this.metrics.take(), ...this.innerMetrics.take()];
    const elementCounts = new Map([...this.innerCounts, ...counts]);
    this.innerCounts.clear();
    return { residuals, metrics, elementCounts };
  }

  /**
   * Resolves when every operator was torn down. Errors of a broken processor's tear-down are ignored, and so are those
   * of a running bundle that fails because it is torn down.
   */
  async teardown(): Promise<void> {
    const broken = this.failure !== undefined;
    let isTornDown = true;
    for (const { operator, onError } of this.stages) {
      try {
        await operator.teardown?.();
      } catch (error) {
        isTornDown = false;
        onError(error);
      }
    }
    if (!broken && !isTornDown) this.throwFailure();
  }

  /** Counts an inner stage's elements, except those that leave the stage, which are counted then. */
  private addInner({ metrics, elementCounts }: Figures, sinks: StageSpec["sinks"]): void {
    this.innerMetrics.add(metrics);
    for (const [id, count] of elementCounts) {
      if (!sinks.has(id)) this.innerCounts.set(id, (this.innerCounts.get(id) ?? 0) + count);
    }
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  private receiverOf(pcollectionId: string): PCollectionReceiver {
    let receiver = this.receivers.get(pcollectionId);
    if (receiver === undefined) {
      receiver = new PCollectionReceiver();
      this.receivers.set(pcollectionId, receiver);
    }
    return receiver;
  }
}

/**
 * Makes an inner stage of the transforms behind an `asyncBoundary`. Throws when one of them needs the runner's bundles.
 */
export function processorBuilder(spec: StageSpec, boundaryId: string): ProcessorBuilder {
  const { components } = spec;
  const transformIds = downstreamOf(components, boundaryId, spec.transformIds);
  for (const id of transformIds) {
    const transform = transformOf(components, id);
    const isForbidden = hasSideInputs(transform) || transform.spec?.urn === SDF_PROCESS_URN;
    if (isForbidden)
      throw new Error(`"${transform.uniqueName}" reads side inputs or is splittable, so it cannot follow.`);
  }
  const [inputId = ""] = Object.values(transformOf(components, boundaryId).outputs);
  return (take, inFlight) => {
    const sinks = [...spec.sinks.keys()].map((pcollectionId): [string, Receiver] => [
      pcollectionId,
      { receive: (element) => take({ pcollectionId, element }) },
    ]);
    const stage = new StageProcessor({ ...spec, transformIds, inFlight, sinks: new Map(sinks) });
    return { stage, input: stage.input(inputId) };
  };
}
