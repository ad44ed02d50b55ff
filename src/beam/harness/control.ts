/**
 * The control stream: the runner's instructions, answered in any order.
 *
 * 1. Every instruction gets exactly one answer, an error included; unknown kinds get an error that names them.
 * 2. Bundles run concurrently, each on a processor of its own; idle processors are kept per descriptor and used again.
 * 3. A processor whose bundle failed is torn down, never used again; the other bundles go on.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { fnApi } from "../sdk-fn-api";
import { BeamFnControlClient, CHANNEL_OPTIONS, INSECURE, workerMetadata } from "../sdk-fn-api";
import { BundleProcessor, type WorkerEnvironment } from "./bundle-processor";
import type { FnApiLogger } from "./logging";

type Response = fnApi.InstructionResponse["response"];

export interface ControlOptions {
  readonly url: string;
  readonly workerId: string;
  readonly environment: WorkerEnvironment;
  readonly logger: FnApiLogger;
  /** Forgets the data of an instruction, in every data plane. */
  readonly onBundleEnd: (instructionId: string, failed: boolean) => void;
}

export class ControlClient {
  /** Resolves when the runner closes the stream, rejects when it breaks. */
  readonly closed: Promise<void>;
  private readonly client: BeamFnControlClient;
  private readonly stream: ClientDuplexStream<fnApi.InstructionResponse, fnApi.InstructionRequest>;
  private readonly descriptors = new Map<string, Promise<fnApi.ProcessBundleDescriptor>>();
  private readonly idle = new Map<string, BundleProcessor[]>();

  constructor(private readonly options: ControlOptions) {
    this.client = new BeamFnControlClient(options.url, INSECURE, CHANNEL_OPTIONS);
    this.stream = this.client.control(workerMetadata(options.workerId));
    this.closed = new Promise((resolve, reject) => {
      this.stream.on("end", resolve);
      this.stream.on("error", reject);
    });
    this.stream.on("data", (request: fnApi.InstructionRequest) => void this.answer(request));
  }

  end(): void {
    this.stream.end();
  }

  private async answer(request: fnApi.InstructionRequest): Promise<void> {
    const { instructionId } = request;
    try {
      this.stream.write({ instructionId, error: "", response: await this.respond(request) });
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      this.options.logger.log("ERROR", message, { instructionId, trace: stack ?? "" });
      this.stream.write({ instructionId, error: message, response: { oneofKind: undefined } });
    }
  }

  private async respond({ instructionId, request }: fnApi.InstructionRequest): Promise<Response> {
    switch (request.oneofKind) {
      case "processBundle":
        return { oneofKind: "processBundle", processBundle: await this.process(instructionId, request.processBundle) };
      case "processBundleProgress":
        return {
          oneofKind: "processBundleProgress",
          processBundleProgress: { monitoringInfos: [], monitoringData: {} },
        };
      case "processBundleSplit":
        return {
          oneofKind: "processBundleSplit",
          processBundleSplit: { primaryRoots: [], residualRoots: [], channelSplits: [] },
        };
      case "finalizeBundle":
        return { oneofKind: "finalizeBundle", finalizeBundle: {} };
      case "monitoringInfos":
        return { oneofKind: "monitoringInfos", monitoringInfos: { monitoringInfo: {} } };
      case "harnessMonitoringInfos":
        return { oneofKind: "harnessMonitoringInfos", harnessMonitoringInfos: { monitoringData: {} } };
      case "register":
        for (const descriptor of request.register.processBundleDescriptor) {
          this.descriptors.set(descriptor.id, Promise.resolve(descriptor));
        }
        return { oneofKind: "register", register: {} };
      case undefined:
        throw new Error("This worker does not know the instruction's kind.");
    }
  }

  private async process(
    instructionId: string,
    request: fnApi.ProcessBundleRequest,
  ): Promise<fnApi.ProcessBundleResponse> {
    const id = request.processBundleDescriptorId;
    let failed = true;
    let processor: BundleProcessor | undefined;
    try {
      processor = this.idle.get(id)?.pop() ?? (await this.create(id));
      const response = await processor.process(instructionId, request);
      failed = false;
      this.keep(id, processor);
      return response;
    } finally {
      this.options.onBundleEnd(instructionId, failed);
      if (failed) await processor?.abandon();
    }
  }

  private keep(id: string, processor: BundleProcessor): void {
    const idle = this.idle.get(id);
    if (idle === undefined) this.idle.set(id, [processor]);
    else idle.push(processor);
  }

  private async create(id: string): Promise<BundleProcessor> {
    const processor = new BundleProcessor(await this.descriptor(id), this.options.environment);
    await processor.setup();
    return processor;
  }

  private descriptor(processBundleDescriptorId: string): Promise<fnApi.ProcessBundleDescriptor> {
    let descriptor = this.descriptors.get(processBundleDescriptorId);
    if (descriptor === undefined) {
      descriptor = new Promise((resolve, reject) => {
        const metadata = workerMetadata(this.options.workerId);
        this.client.getProcessBundleDescriptor({ processBundleDescriptorId }, metadata, (error, value) => {
          if (value === undefined) reject(error ?? new Error("the runner has no such descriptor"));
          else resolve(value);
        });
      });
      this.descriptors.set(processBundleDescriptorId, descriptor);
    }
    return descriptor;
  }
}
