/**
 * A fused stage as a runner describes it to a worker: one source, the transforms of a pipeline, one sink per output.
 */
import { Reader } from "protobufjs";
import { EagerWriter } from "../../../../src/beam/harness/eager-writer";
import { codecOf, type WindowedValueCodec } from "../../../../src/beam/harness/windowed-value-codec";
import { type Coder, type PCollection, type Pipeline, runnerApi } from "../../../../src/beam/sdk";
import { fnApi } from "../../../../src/beam/sdk/fn-api";
import type { WindowedValue } from "../../../../src/beam/values";
import { at, StageHarness } from "../operators/stage-harness";
import type { FakeRunner } from "./fake-runner";

export const SOURCE = "fn/read";

export interface BundleOutcome {
  readonly error: string;
  readonly response: fnApi.ProcessBundleResponse;
  readonly outputs: (name: string) => WindowedValue<unknown>[];
  readonly values: (name: string) => unknown[];
}

export interface BundleRequest {
  readonly instructionId?: string;
  readonly cacheTokens?: fnApi.ProcessBundleRequest_CacheToken[];
  /** Data goes with the request instead of through the data plane. */
  readonly embedded?: boolean;
}

export class FakeStage<T> {
  readonly descriptor: fnApi.ProcessBundleDescriptor;
  readonly harness: StageHarness<T>;
  private readonly components: runnerApi.Components;

  constructor(
    readonly id: string,
    private readonly runner: FakeRunner,
    inputCoder: Coder<T>,
    build: (input: PCollection<T>, pipeline: Pipeline) => Record<string, PCollection<unknown>>,
    prepare: (harness: StageHarness<T>) => void = () => undefined,
  ) {
    this.harness = new StageHarness<T>((input, pipeline) => {
      pipeline.getProto().components!.pcollections[input.getId()]!.coderId = pipeline.getCoderId(inputCoder);
      return build(input, pipeline);
    });
    prepare(this.harness);
    const { components, transformIds, inputId, outputs } = this.harness;
    this.components = components;
    const transforms = Object.fromEntries(transformIds.map((own) => [own, components.transforms[own]!]));
    transforms[SOURCE] = this.port("beam:runner:source:v1", inputId, { outputs: { main: inputId } });
    for (const [name, collection] of outputs) {
      transforms[sinkId(name)] = this.port("beam:runner:sink:v1", collection, { inputs: { main: collection } });
    }
    this.descriptor = fnApi.ProcessBundleDescriptor.create({
      id,
      transforms,
      pcollections: components.pcollections,
      windowingStrategies: components.windowingStrategies,
      coders: components.coders,
      environments: components.environments,
      stateApiServiceDescriptor: { url: runner.url },
    });
    runner.descriptors.set(id, this.descriptor);
  }

  /** Adds a port to which the runner sends elements. */
  addSource(transformId: string, pcollectionId: string): void {
    const outputs = { main: pcollectionId };
    this.descriptor.transforms[transformId] = this.port("beam:runner:source:v1", pcollectionId, { outputs });
    Object.assign(this.descriptor.coders, this.components.coders);
  }

  encode(elements: readonly (WindowedValue<T> | T)[]): Uint8Array {
    const writer = new EagerWriter();
    const codec = this.codec(this.harness.inputId);
    for (const element of elements) codec.encode(isWindowed(element) ? element : at(element), writer);
    return writer.finish();
  }

  decodeInput(bytes: Uint8Array): WindowedValue<unknown>[] {
    return decodeAll(this.codec(this.harness.inputId), bytes);
  }

  /** Runs one whole bundle: request, data, answer and all outputs. */
  async run(elements: readonly (WindowedValue<T> | T)[], request: BundleRequest = {}): Promise<BundleOutcome> {
    const { runner } = this;
    const instructionId = request.instructionId ?? runner.newInstructionId();
    const data = this.encode(elements);
    const answer = this.begin(instructionId, request, request.embedded ? data : undefined);
    if (!request.embedded) await runner.send(instructionId, SOURCE, data, true);
    return this.outcome(instructionId, await answer);
  }

  begin(instructionId: string, request: BundleRequest = {}, data?: Uint8Array): Promise<fnApi.InstructionResponse> {
    const part = { instructionId, transformId: SOURCE };
    const elements = data && {
      data: [
        { ...part, data, isLast: false },
        { ...part, data: new Uint8Array(), isLast: true },
      ],
      timers: [],
    };
    const processBundle = fnApi.ProcessBundleRequest.create({
      processBundleDescriptorId: this.id,
      cacheTokens: request.cacheTokens ?? [],
      ...(elements && { elements }),
    });
    return this.runner.instruct({ oneofKind: "processBundle", processBundle }, instructionId);
  }

  async outcome(instructionId: string, answer: fnApi.InstructionResponse): Promise<BundleOutcome> {
    const response =
      answer.response.oneofKind === "processBundle"
        ? answer.response.processBundle
        : fnApi.ProcessBundleResponse.create();
    const outputs = new Map<string, WindowedValue<unknown>[]>();
    for (const [name, collection] of answer.error === "" ? this.harness.outputs : []) {
      const embedded = response.elements?.data.filter(({ transformId }) => transformId === sinkId(name));
      const bytes = embedded?.length
        ? Buffer.concat(embedded.map(({ data }) => data))
        : await this.runner.output(instructionId, sinkId(name));
      outputs.set(name, decodeAll(this.codec(collection), bytes));
    }
    this.runner.received.delete(instructionId);
    const named = (name: string): WindowedValue<unknown>[] => outputs.get(name) ?? [];
    return {
      error: answer.error,
      response,
      outputs: named,
      values: (name) => named(name).map(({ value }) => value),
    };
  }

  private codec(pcollectionId: string): WindowedValueCodec {
    return codecOf(`windowed:${pcollectionId}`, this.components);
  }

  private port(
    urn: string,
    pcollectionId: string,
    ends: { inputs?: Record<string, string>; outputs?: Record<string, string> },
  ): runnerApi.PTransform {
    const { components } = this;
    const { coderId, windowingStrategyId } = components.pcollections[pcollectionId]!;
    const { windowCoderId } = components.windowingStrategies[windowingStrategyId]!;
    const portCoderId = `windowed:${pcollectionId}`;
    components.coders[portCoderId] = {
      spec: { urn: "beam:coder:windowed_value:v1", payload: new Uint8Array() },
      componentCoderIds: [coderId, windowCoderId],
    };
    const payload = fnApi.RemoteGrpcPort.toBinary({
      apiServiceDescriptor: { url: this.runner.url },
      coderId: portCoderId,
    });
    return runnerApi.PTransform.create({ uniqueName: urn, spec: { urn, payload }, ...ends });
  }
}

export function sinkId(name: string): string {
  return `fn/write/${name}`;
}

function isWindowed<T>(element: WindowedValue<T> | T): element is WindowedValue<T> {
  return typeof element === "object" && element !== null && "windows" in element;
}

function decodeAll(codec: WindowedValueCodec, bytes: Uint8Array): WindowedValue<unknown>[] {
  const reader = Reader.create(Buffer.from(bytes));
  const elements: WindowedValue<unknown>[] = [];
  while (reader.pos < reader.len) elements.push(codec.decode(reader));
  return elements;
}
