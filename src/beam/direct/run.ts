import type { Capacity } from "../authoring/async-boundary";
import type { CheckpointLimits, SideInputReader } from "../operators/contract";
import { doFnSpecOf } from "../operators/opening";
import type { OwnedScope } from "../operators/process-scope";
import { processorBuilder, StageProcessor, type StageSpec as StageRunSpec } from "../operators/stage";
import type { MetricResult, PipelineRun } from "../runner";
import { MIN_TIMESTAMP_MS, GLOBAL_WINDOW, NO_FIRING } from "../values";
import { BoundaryNode } from "./boundary-node";
import { edgeCheck } from "./edge-check";
import type { BoundarySpec, Graph, StageSpec } from "./graph";
import { GroupNode } from "./group-node";
import { keyEncoder } from "./key-encoding";
import type { Node } from "./node";
import type { Limits } from "./options";
import { type Intake, Outlet } from "./outlet";
import { boundParking } from "./parking-bounds";
import { ProcessorPool } from "./processor-pool";
import { seededRandom } from "./random";
import { type Ending, Scheduler } from "./scheduler";
import { SideInputNode } from "./side-input-node";
import { StageNode } from "./stage-node";
import { type RunStatus, statusOf } from "./status";
import { strategyFromProto } from "./windowing-strategy";

/**
 * Time that user code gets to unwind when a run is cancelled or has failed. After that its processors are torn down
 * while it runs.
 */
const UNWIND_MS = 500;

/** Transforms behind a boundary have no side inputs. */
const NO_SIDE_INPUTS: SideInputReader = { read: () => [] };

/** A running pipeline. Besides the methods of `PipelineRun` it has a `status` to watch. */
export class DirectRun implements PipelineRun {
  readonly finished: Promise<void>;
  private readonly scheduler: Scheduler;
  private readonly stages: StageNode[] = [];
  private readonly boundaries: BoundaryNode[] = [];
  private readonly groups: GroupNode[] = [];
  private readonly nodes: readonly Node[];
  private readonly pools: ProcessorPool[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly limits: Limits,
    seed: number | undefined,
    private readonly scope: OwnedScope,
  ) {
    this.scheduler = new Scheduler(limits.authorText, seed === undefined ? undefined : seededRandom(seed));
    this.nodes = graph.nodes.flatMap((spec) => this.nodesOf(spec));
    this.connect();
    this.finished = new Promise<void>((resolve, reject) => {
      this.scheduler.start(this.nodes, (ending) => {
        this.close(ending).then(resolve, reject);
      });
    });
    // The caller who awaits `finished` sees its rejection. A run that nobody awaits yet must not end the process.
    this.finished.catch(() => undefined);
    this.impulse();
  }

  async metrics(): Promise<readonly MetricResult[]> {
    const { transforms } = this.graph.components;
    const users = this.scheduler.metrics.results((id) => transforms[id]?.uniqueName ?? id);
    return [...users, ...this.groups.flatMap(metricsOfGroup)];
  }

  drain(): Promise<void> {
    this.scheduler.draining = true;
    for (const stage of this.stages) stage.drain();
    this.scheduler.wake();
    return this.finished;
  }

  async cancel(): Promise<void> {
    this.scheduler.end({ kind: "done" });
    await this.finished.catch(() => undefined);
  }

  status(): RunStatus {
    return statusOf(this.nodes);
  }

  private nodesOf(spec: Graph["nodes"][number]): Node[] {
    switch (spec.kind) {
      case "group":
        return this.groupNode(spec);
      case "boundary":
        return [this.boundaryNode(spec)];
      case "stage":
        return this.stageNode(spec);
    }
  }

  private boundaryNode(spec: BoundarySpec): BoundaryNode {
    const node = new BoundaryNode(spec, this.limits, this.scheduler);
    this.boundaries.push(node);
    return node;
  }

  private groupNode(spec: Graph["nodes"][number] & { kind: "group" }): Node[] {
    const { components } = this.graph;
    const { windowingStrategyId } = components.pcollections[spec.inputId]!;
    const strategy = strategyFromProto(components.windowingStrategies[windowingStrategyId]!);
    const node = new GroupNode(spec, strategy, keyEncoder(components, spec.inputId), this.scheduler);
    this.groups.push(node);
    return [node];
  }

  private stageNode(spec: StageSpec): Node[] {
    const sideInputs = spec.sideInputs.map(
      (sideInput) => new SideInputNode(sideInput, `${spec.name}/${sideInput.id}`, () => stage.onSideInput()),
    );
    const stage: StageNode = new StageNode(spec, sideInputs, this.limits, this.scheduler);
    this.stages.push(stage);
    return [...sideInputs, stage];
  }

  private connect(): void {
    for (const node of [...this.stages, ...this.boundaries, ...this.groups]) {
      const outlet = this.outletOf(node);
      if (node instanceof GroupNode) node.connect(outlet);
      else if (node instanceof BoundaryNode) this.connectBoundary(node, outlet);
      else {
        const pool = this.poolOf(node, outlet);
        this.pools.push(pool);
        node.connect(outlet, pool);
      }
    }
    boundParking(this.stages);
  }

  private connectBoundary(node: BoundaryNode, outlet: Outlet): void {
    const { id, transformIds } = node.spec;
    const { settings } = doFnSpecOf(this.graph.components.transforms[id]!);
    const stage = this.stageSpec([id, ...transformIds], outlet, NO_SIDE_INPUTS, this.limits.checkpointLimits);
    node.connect(outlet, processorBuilder(stage, id), settings as Capacity);
  }

  private outletOf(node: StageNode | BoundaryNode | GroupNode): Outlet {
    const { transforms } = this.graph.components;
    const outputIds =
      node instanceof GroupNode
        ? [node.spec.outputId]
        : [node.spec.id, ...node.spec.transformIds].flatMap((id) => Object.values(transforms[id]!.outputs));
    const consumers = new Map<string, Intake[]>();
    for (const id of outputIds) {
      const own = this.consumersOf(id);
      own.filter((consumer) => !consumer.producers.includes(node)).forEach((consumer) => consumer.producers.push(node));
      consumers.set(id, own);
    }
    return new Outlet(consumers, this.scheduler);
  }

  /** Returns the nodes that consume a PCollection, also behind Flattens. */
  private consumersOf(pcollectionId: string): (StageNode | BoundaryNode | GroupNode | SideInputNode)[] {
    return this.graph
      .reaches(pcollectionId)
      .flatMap((id) => [
        ...this.groups.filter(({ spec }) => spec.inputId === id),
        ...this.stages.filter(({ spec }) => spec.inputId === id),
        ...this.boundaries.filter(({ spec }) => spec.inputId === id),
        ...this.stages.flatMap(({ sideInputs }) => sideInputs.filter(({ spec }) => spec.pcollectionId === id)),
      ]);
  }

  private poolOf(node: StageNode, outlet: Outlet): ProcessorPool {
    const sideInputs: SideInputReader = {
      read: (transformId, sideInputId, window) =>
        node.sideInputs.find(({ spec }) => spec.transformId === transformId && spec.id === sideInputId)!.read(window),
    };
    return new ProcessorPool(
      (limits) => new StageProcessor(this.stageSpec(node.spec.transformIds, outlet, sideInputs, limits)),
      this.limits.checkpointLimits,
      this.scheduler.random,
    );
  }

  private stageSpec(
    transformIds: readonly string[],
    outlet: Outlet,
    sideInputs: SideInputReader,
    limits: CheckpointLimits,
  ): StageRunSpec {
    const { components } = this.graph;
    return {
      ...{ components, transformIds, sideInputs, limits, sinks: outlet.receivers() },
      scope: this.scope,
      authorText: this.limits.authorText,
      ...(this.limits.check ? { through: edgeCheck(components) } : {}),
    };
  }

  private impulse(): void {
    for (const id of this.graph.impulseIds) {
      for (const consumer of this.consumersOf(id)) {
        consumer.offer({
          value: new Uint8Array(),
          timestampMs: MIN_TIMESTAMP_MS,
          windows: [GLOBAL_WINDOW],
          pane: NO_FIRING,
        });
      }
    }
  }

  private async close(ending: Ending): Promise<void> {
    for (const pool of this.pools) pool.requestCheckpoints();
    for (const stage of this.stages) stage.notify();
    await this.unwound();
    let failure: Error | undefined;
    await Promise.all([
      ...this.pools.map((pool) => pool.close((error) => (failure ??= error))),
      ...this.boundaries.map((boundary) => boundary.close()),
    ]);
    await this.scope.close();
    if (ending.kind === "failed") throw ending.error;
    if (failure !== undefined) throw failure;
  }

  /** Waits, for a short time, until no user code runs. */
  private async unwound(): Promise<void> {
    const untilMs = performance.now() + UNWIND_MS;
    while (this.stages.some((stage) => stage.isInFlight()) && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function metricsOfGroup({ name, group }: GroupNode): MetricResult[] {
  return [
    { transform: name, name: "droppedDueToLateness", kind: "counter", value: group.droppedDueToLateness },
    { transform: name, name: "droppedDueToClosedWindow", kind: "counter", value: group.droppedDueToClosedWindow },
    { transform: name, name: "openWindows", kind: "gauge", value: group.openWindows },
  ];
}
