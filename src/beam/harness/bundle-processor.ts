/**
 * Runs the bundles of one descriptor on one set of operators, one at a time.
 *
 * 1. A bundle is: start, all data of its instruction, finish, end-of-data on every output, then the answer. What the
 *    runner embedded in the request goes through first.
 * 2. A processor whose bundle failed is never used again.
 * 3. Nothing of a bundle stays when it has ended.
 */
import { Reader, Writer } from "protobufjs";
import type { CheckpointLimits, ProcessScope, Receiver, Residual } from "../operators/contract";
import { type BundleResult, StageProcessor } from "../operators/stage";
import { type ComponentsProto, runnerApi } from "../sdk";
import { fnApi } from "../sdk-fn-api";
import { JobError } from "../../errors";
import { DataSink } from "./data-sink";
import type { DataPlane } from "./data-plane";
import { toDuration, toTimestamp } from "./instants";
import { monitoringInfos } from "./monitoring";
import { FnApiSideInputs } from "./side-inputs";
import type { StateChannel } from "./state";
import { codecOf, type WindowedValueCodec } from "./windowed-value-codec";

const SOURCE_URN = "beam:runner:source:v1";
const SINK_URN = "beam:runner:sink:v1";
/** How long elements are processed before the event loop gets a turn: I/O and other bundles must not starve. */
const TURN_MS = 10;

export interface WorkerEnvironment {
  readonly scope: ProcessScope;
  readonly limits: CheckpointLimits;
  dataPlane(url: string): DataPlane;
  stateChannel(url: string): StateChannel;
}

interface Source {
  readonly codec: WindowedValueCodec;
  readonly receiver: Receiver;
  readonly plane: () => DataPlane;
}

export class BundleProcessor {
  private readonly components: ComponentsProto;
  private readonly stage: StageProcessor;
  private readonly sources = new Map<string, Source>();
  private readonly sinks: DataSink[] = [];
  private readonly sideInputs: FnApiSideInputs;

  constructor(
    private readonly descriptor: fnApi.ProcessBundleDescriptor,
    environment: WorkerEnvironment,
  ) {
    this.components = runnerApi.Components.create({ ...descriptor });
    const stateUrl = descriptor.stateApiServiceDescriptor?.url ?? "";
    this.sideInputs = new FnApiSideInputs(this.components, () => environment.stateChannel(stateUrl));
    const sinks = new Map<string, Receiver>();
    const transformIds: string[] = [];
    const ports: [string, string, fnApi.RemoteGrpcPort][] = [];
    for (const [id, transform] of Object.entries(descriptor.transforms)) {
      const urn = transform.spec?.urn;
      if (urn !== SOURCE_URN && urn !== SINK_URN) {
        transformIds.push(id);
        continue;
      }
      const port = fnApi.RemoteGrpcPort.fromBinary(transform.spec!.payload);
      const plane = () => environment.dataPlane(port.apiServiceDescriptor?.url ?? "");
      if (urn === SOURCE_URN) {
        ports.push([id, only(transform.outputs), port]);
      } else {
        const sink = new DataSink(id, codecOf(port.coderId, this.components), plane);
        this.sinks.push(sink);
        sinks.set(only(transform.inputs), sink);
      }
    }
    const { scope, limits } = environment;
    const { components, sideInputs } = this;
    this.stage = new StageProcessor({ components, transformIds, scope, sideInputs, limits, sinks });
    for (const [id, pcollectionId, port] of ports) {
      this.sources.set(id, {
        codec: codecOf(port.coderId, components),
        receiver: this.stage.input(pcollectionId),
        plane: () => environment.dataPlane(port.apiServiceDescriptor?.url ?? ""),
      });
    }
  }

  setup(): Promise<void> {
    return this.stage.setup();
  }

  async process(instructionId: string, request: fnApi.ProcessBundleRequest): Promise<fnApi.ProcessBundleResponse> {
    this.sideInputs.begin(instructionId, request.cacheTokens);
    for (const sink of this.sinks) sink.start(instructionId);
    this.stage.start();
    const embedded = request.elements?.data ?? [];
    for (const chunk of embedded) await this.take(chunk.transformId, chunk.data);
    await this.takeAll(
      instructionId,
      new Set(embedded.filter((chunk) => chunk.isLast).map((chunk) => chunk.transformId)),
    );
    const result = await this.stage.finish();
    await Promise.all(this.sinks.map((sink) => sink.finish()));
    return this.responseOf(result);
  }

  /** After a failure; errors while tearing down are of no more interest. */
  async abandon(): Promise<void> {
    for (const sink of this.sinks) sink.abandon();
    await this.stage.teardown().catch(() => undefined);
  }

  private async takeAll(instructionId: string, ended: Set<string>): Promise<void> {
    while (ended.size < this.sources.size) {
      const [id] = [...this.sources.keys()].filter((own) => !ended.has(own));
      const chunk = await this.sources.get(id!)!.plane().next(instructionId);
      await this.take(chunk.transformId, chunk.data);
      if (chunk.isLast) ended.add(chunk.transformId);
    }
  }

  private async take(transformId: string, data: Uint8Array): Promise<void> {
    const source = this.sources.get(transformId);
    if (source === undefined)
      throw new JobError("PIPELINE", `The runner sent data for ${transformId}, which is no source.`);
    // A Buffer gets protobufjs's faster reader, above all for strings.
    const reader = Reader.create(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    let turnEnds = Date.now() + TURN_MS;
    for (let count = 1; reader.pos < reader.len; count++) {
      const waits = source.receiver.receive(source.codec.decode(reader));
      if (waits !== undefined) await waits;
      if (count % 64 === 0 && Date.now() > turnEnds) {
        await new Promise((resolve) => setImmediate(resolve));
        turnEnds = Date.now() + TURN_MS;
      }
    }
  }

  private responseOf(result: BundleResult): fnApi.ProcessBundleResponse {
    return fnApi.ProcessBundleResponse.create({
      residualRoots: result.residuals.map((residual) => this.residualRoot(residual)),
      monitoringInfos: monitoringInfos(result.metrics, result.elementCounts, this.components),
      requiresFinalization: false,
    });
  }

  /** The residual's element is written with the coder of the stage's own input: that is where it comes in again. */
  private residualRoot(residual: Residual): fnApi.DelayedBundleApplication {
    const transform = this.descriptor.transforms[residual.transformId]!;
    const [inputId] = Object.keys(transform.inputs);
    const [source] = [...this.sources.values()];
    const writer = Writer.create();
    source!.codec.encode(residual.element, writer);
    const watermark = toTimestamp(residual.watermarkMs);
    return {
      application: {
        transformId: residual.transformId,
        inputId: inputId!,
        element: writer.finish(),
        outputWatermarks: Object.fromEntries(Object.keys(transform.outputs).map((tag) => [tag, watermark])),
        isBounded: residual.boundedness,
      },
      requestedTimeDelay: toDuration(residual.delayMs),
    };
  }
}

function only(ids: { readonly [key: string]: string }): string {
  const [id, ...more] = Object.values(ids);
  if (id === undefined || more.length > 0) throw new JobError("PIPELINE", "A data port has exactly one PCollection.");
  return id;
}
