/**
 * Runs the bundles of one descriptor on one set of operators, one at a time.
 *
 * 1. A bundle consists of start, all data of its instruction, finish, end-of-data on every output, and the answer. Data
 *    that the runner embedded in the request is processed first.
 * 2. A processor whose bundle failed is never used again.
 * 3. Nothing of a bundle is kept after its end, except side inputs under a cache token of the runner.
 * 4. Progress and splits look at the bundle between two turns of the event loop. They never wait for it.
 */
import type { CheckpointLimits, ProcessScope } from "../operators/contract";
import type { AuthorText } from "../failure/stage-error";
import { mainInputs } from "../operators/graph";
import { PCollectionReceiver } from "../operators/receivers";
import { type RestrictionProgress, StageProcessor } from "../operators/stage";
import { SDF_PROCESS_URN } from "../operators/urns";
import { type ComponentsProto, runnerApi } from "../sdk";
import { fnApi, type MonitoringInfo } from "../sdk/fn-api";
import { BeamError } from "../error";
import { BundleApplications } from "./bundle-application";
import type { DesiredSplit } from "./channel-split";
import { DataSink } from "./data-sink";
import { DataSource } from "./data-source";
import { type DataChunk, type DataPlane, timersRefused } from "./data-plane";
import { monitoringInfos, progressInfos, readIndexInfo } from "./monitoring";
import { OutputPace } from "./output-pace";
import { portsOf } from "./ports";
import { FnApiSideInputs, type SideInputCache } from "./side-inputs";
import type { StateChannel } from "./state";

/** Assumed progress within a restriction whose tracker does not measure it. */
const UNKNOWN_PROGRESS = 0.5;

export interface WorkerEnvironment {
  readonly scope: ProcessScope;
  readonly limits: CheckpointLimits;
  readonly sideInputCache: SideInputCache;
  readonly authorText: AuthorText;
  /** True when the runner accepts small outputs in a bundle's answer. */
  readonly mayEmbedOutputs: boolean;
  dataPlane(url: string): DataPlane;
  stateChannel(url: string): StateChannel;
}

export interface BundleAnswer {
  readonly residualRoots: fnApi.DelayedBundleApplication[];
  readonly infos: readonly MonitoringInfo[];
  readonly elements?: fnApi.Elements;
}

export class BundleProcessor {
  private readonly components: ComponentsProto;
  private readonly stage: StageProcessor;
  private readonly sources: ReadonlyMap<string, DataSource>;
  private readonly sinks: readonly DataSink[];
  private readonly pace = new OutputPace();
  private readonly sideInputs: FnApiSideInputs;
  private readonly applications: BundleApplications;
  /** True from a bundle's start until its metrics were taken for its answer. */
  private isCounting = false;
  /** PCollections that a splittable DoFn reads. Their elements can be split. */
  private readonly splittableInputs: ReadonlySet<string>;

  constructor(
    descriptor: fnApi.ProcessBundleDescriptor,
    private readonly environment: WorkerEnvironment,
  ) {
    const components = runnerApi.Components.create({ ...descriptor });
    this.components = components;
    const stateUrl = descriptor.stateApiServiceDescriptor?.url ?? "";
    const { scope, limits, sideInputCache, authorText } = environment;
    this.sideInputs = new FnApiSideInputs(components, () => environment.stateChannel(stateUrl), sideInputCache);
    const { sources, sinks, transformIds } = portsOf(descriptor, components, (url) => environment.dataPlane(url));
    this.sinks = sinks.map((port) => new DataSink(port, this.pace));
    const sinkOf = new Map<string, PCollectionReceiver>();
    for (const sink of this.sinks) {
      const { pcollectionId } = sink.port;
      const receiver = sinkOf.get(pcollectionId) ?? new PCollectionReceiver();
      receiver.add(sink);
      sinkOf.set(pcollectionId, receiver);
    }
    const { sideInputs } = this;
    this.stage = new StageProcessor({ components, transformIds, scope, sideInputs, limits, authorText, sinks: sinkOf });
    this.sources = new Map(
      sources.map((port) => [port.transformId, new DataSource(port, this.stage.input(port.pcollectionId), authorText)]),
    );
    this.applications = new BundleApplications(
      components,
      new Map(sources.map(({ pcollectionId, codec }) => [pcollectionId, codec])),
    );
    const splittable = Object.values(descriptor.transforms).filter(({ spec }) => spec?.urn === SDF_PROCESS_URN);
    this.splittableInputs = new Set(splittable.flatMap(mainInputs));
  }

  /** Id of the transform that failed, if a transform did. */
  get failedTransformId(): string | undefined {
    return this.stage.failedTransformId;
  }

  setup(): Promise<void> {
    return this.stage.setup();
  }

  async process(instructionId: string, request: fnApi.ProcessBundleRequest): Promise<BundleAnswer> {
    this.sideInputs.begin(instructionId, request.cacheTokens);
    for (const source of this.sources.values()) source.start();
    this.pace.start();
    for (const sink of this.sinks) sink.start(instructionId);
    this.stage.start();
    this.isCounting = true;
    if (request.elements !== undefined && request.elements.timers.length > 0) throw timersRefused();
    for (const chunk of request.elements?.data ?? []) await this.take(chunk);
    for (const { port, isEnded } of this.sources.values()) {
      if (!isEnded) await this.takeAll(instructionId, port.plane());
    }
    const { residuals, metrics, elementCounts } = await this.stage.finish();
    this.isCounting = false;
    const elements = await this.finishOutputs(instructionId);
    this.sideInputs.end();
    const infos = monitoringInfos(metrics, elementCounts, this.components);
    const residualRoots = residuals.map((residual) => this.applications.residual(residual));
    return { residualRoots, infos, ...(elements === undefined ? {} : { elements }) };
  }

  /** Reports the progress of the running bundle; nothing once its answer has it all. */
  progress(): MonitoringInfo[] {
    if (!this.isCounting) return [];
    const { metrics, elementCounts } = this.stage.figures();
    const infos = monitoringInfos(metrics, elementCounts, this.components);
    for (const { port, index } of this.sources.values()) infos.push(readIndexInfo(port.transformId, index));
    const progress = this.stage.restrictionProgress();
    return progress === undefined ? infos : [...infos, ...progressInfos(progress)];
  }

  /** Gives away part of the running bundle. When no part can be split off, the answer is empty. */
  split(
    desiredSplits: Readonly<Record<string, fnApi.ProcessBundleSplitRequest_DesiredSplit>>,
  ): fnApi.ProcessBundleSplitResponse {
    const response = fnApi.ProcessBundleSplitResponse.create();
    for (const [transformId, desired] of Object.entries(desiredSplits)) {
      const source = this.sources.get(transformId);
      if (source !== undefined) this.splitSource(source, toDesiredSplit(desired), response);
    }
    return response;
  }

  /**
   * Tears the processor down, after a failure or when it is no longer needed. Errors are ignored, since nobody could
   * act on them.
   */
  async teardown(): Promise<void> {
    for (const sink of this.sinks) sink.abandon();
    await this.stage.teardown().catch(() => undefined);
  }

  private splitSource(source: DataSource, desired: DesiredSplit, response: fnApi.ProcessBundleSplitResponse): void {
    const canSplitElement = this.splittableInputs.has(source.port.pcollectionId);
    const progress = canSplitElement ? this.stage.restrictionProgress() : undefined;
    const fraction = progress === undefined ? UNKNOWN_PROGRESS : fractionOf(progress);
    const split = source.split(desired, fraction, canSplitElement);
    const answer = (lastPrimary: number, firstResidual: number): void => {
      response.channelSplits.push({
        transformId: source.port.transformId,
        lastPrimaryElement: BigInt(lastPrimary),
        firstResidualElement: BigInt(firstResidual),
      });
    };
    if (split?.kind === "boundary") answer(split.firstResidual - 1, split.firstResidual);
    if (split?.kind !== "element") return;
    const parts = this.stage.split(split.fractionOfElement);
    if (parts === undefined) {
      const boundary = source.split(desired, fraction, false);
      if (boundary?.kind === "boundary") answer(boundary.firstResidual - 1, boundary.firstResidual);
      return;
    }
    source.stopAfterCurrent();
    response.primaryRoots.push(this.applications.primary(parts));
    response.residualRoots.push(this.applications.residual(parts.residual));
    answer(source.index - 1, source.index + 1);
  }

  /** Reads all sources of this bundle that share one data plane to their ends. */
  private async takeAll(instructionId: string, plane: DataPlane): Promise<void> {
    const own = [...this.sources.values()].filter(({ port }) => port.plane() === plane);
    while (own.some(({ isEnded }) => !isEnded)) await this.take(await plane.next(instructionId));
  }

  private async take({ transformId, data, isLast }: DataChunk): Promise<void> {
    const source = this.sources.get(transformId);
    if (source === undefined) {
      throw new BeamError("PIPELINE", `The runner sent data for ${transformId}, which is no source.`);
    }
    await source.take(data);
    if (isLast) source.isEnded = true;
  }

  /** Sends the rest of the outputs, or returns it when all of the output fits into the answer. */
  private async finishOutputs(instructionId: string): Promise<fnApi.Elements | undefined> {
    const { mayEmbedOutputs } = this.environment;
    if (mayEmbedOutputs && this.sinks.length > 0 && !this.pace.hasSent) {
      const data = this.sinks.flatMap((sink) => sink.finish()).map((chunk) => ({ instructionId, ...chunk }));
      return { data, timers: [] };
    }
    const byPlane = new Map<DataPlane, DataChunk[]>();
    for (const sink of this.sinks) {
      const plane = sink.port.plane();
      byPlane.set(plane, [...(byPlane.get(plane) ?? []), ...sink.finish()]);
    }
    await Promise.all([...byPlane].map(([plane, chunks]) => plane.send(instructionId, chunks)));
    return undefined;
  }
}

function fractionOf({ completed, remaining }: RestrictionProgress): number {
  return completed + remaining > 0 ? completed / (completed + remaining) : 0;
}

function toDesiredSplit(desired: fnApi.ProcessBundleSplitRequest_DesiredSplit): DesiredSplit {
  return {
    fractionOfRemainder: desired.fractionOfRemainder,
    estimatedInputElements: Number(desired.estimatedInputElements),
    allowedSplitPoints: desired.allowedSplitPoints.map(Number),
  };
}
