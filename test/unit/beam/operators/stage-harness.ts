/** Runs fused stages of a real pipeline proto, without a runner: elements in, elements out. */
import { StageProcessor } from "../../../../src/beam/operators/stage";
import type {
  CheckpointLimits,
  ProcessScope,
  Receiver,
  SideInputReader,
} from "../../../../src/beam/operators/contract";
import { processScope } from "../../../../src/beam/operators/process-scope";
import type { SDF_PAIR_URN, SDF_PROCESS_URN, SDF_SPLIT_URN } from "../../../../src/beam/operators/urns";
import type { AuthorText } from "../../../../src/beam/failure/stage-error";
import {
  type ComponentsProto,
  impulse,
  type PCollection,
  Pipeline,
  Root,
  type TransformProto,
} from "../../../../src/beam/sdk";
import { GLOBAL_WINDOW, NO_FIRING, type WindowedValue } from "../../../../src/beam/values";

export const NO_LIMITS: CheckpointLimits = { maxOutputs: Infinity, maxDurationMs: Infinity };

export function at<T>(value: T, timestampMs = 0, windows = [GLOBAL_WINDOW]): WindowedValue<T> {
  return { value, timestampMs, windows, pane: NO_FIRING };
}

export function newScope(): ProcessScope {
  return processScope();
}

/**
 * The collection with elements of another type: the runner gives sized ones to a splittable stage, and a test gives any
 * in the place of an impulse's.
 */
export function elementsOf<T>(collection: object): PCollection<T> {
  return collection as PCollection<T>;
}

export interface HarnessOptions {
  readonly scope?: ProcessScope;
  readonly limits?: CheckpointLimits;
  readonly sideInputs?: SideInputReader;
  readonly authorText?: AuthorText;
}

export class StageHarness<T> {
  readonly pipeline = new Pipeline();
  readonly components: ComponentsProto;
  readonly outputs = new Map<string, string>();
  inputId: string;
  readonly transformIds: string[];

  /** `build` applies the stage to its input and names the PCollections that leave it. */
  constructor(build: (input: PCollection<T>, pipeline: Pipeline) => Readonly<Record<string, PCollection<unknown>>>) {
    const input = elementsOf<T>(new Root(this.pipeline).apply(impulse()));
    this.inputId = input.getId();
    for (const [name, collection] of Object.entries(build(input, this.pipeline))) {
      this.outputs.set(name, collection.getId());
    }
    const { components } = this.pipeline.getProto();
    if (components === undefined) throw new Error("The pipeline is empty.");
    this.components = components;
    this.transformIds = Object.entries(components.transforms)
      .filter(([, transform]) => transform.subtransforms.length === 0 && transform.spec?.urn.startsWith("beam:"))
      .filter(([, transform]) => transform.spec?.urn !== "beam:transform:impulse:v1")
      .map(([id]) => id);
  }

  get onlyTransformId(): string {
    return this.transformIds[0] as string;
  }

  /** Replaces the stage's one transform, a splittable ParDo, by one of its three steps. */
  as(urn: typeof SDF_PAIR_URN | typeof SDF_SPLIT_URN | typeof SDF_PROCESS_URN): this {
    const transform = this.components.transforms[this.onlyTransformId] as TransformProto;
    if (transform.spec !== undefined) transform.spec.urn = urn;
    return this;
  }

  async processor(options: HarnessOptions = {}): Promise<Bundles<T>> {
    const received = new Map<string, WindowedValue<unknown>[]>();
    const sinks = new Map<string, Receiver>();
    for (const [name, id] of this.outputs) {
      const elements: WindowedValue<unknown>[] = [];
      received.set(name, elements);
      sinks.set(id, {
        receive(element) {
          elements.push(element);
        },
      });
    }
    const stage = new StageProcessor({
      components: this.components,
      transformIds: this.transformIds,
      scope: options.scope ?? newScope(),
      sideInputs: options.sideInputs ?? { read: () => [] },
      limits: options.limits ?? NO_LIMITS,
      authorText: options.authorText ?? "shown",
      sinks,
    });
    await stage.setup();
    return new Bundles(stage, this.inputId, received);
  }
}

export class Bundles<T> {
  constructor(
    readonly stage: StageProcessor,
    private readonly inputId: string,
    private readonly received: ReadonlyMap<string, WindowedValue<unknown>[]>,
  ) {}

  push(element: WindowedValue<T>): void | Promise<void> {
    return this.stage.process(this.inputId, element);
  }

  /** Runs one whole bundle. */
  async run(elements: readonly WindowedValue<T>[]) {
    this.stage.start();
    for (const element of elements) await this.push(element);
    return this.stage.finish();
  }

  of<V>(name: string): WindowedValue<V>[] {
    return (this.received.get(name) ?? []) as WindowedValue<V>[];
  }

  values<V>(name: string): V[] {
    return this.of<V>(name).map(({ value }) => value);
  }
}
