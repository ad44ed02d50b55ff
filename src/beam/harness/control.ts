/**
 * The control stream: the runner's instructions, which are answered in any order.
 *
 * 1. Every instruction gets exactly one answer, which may be an error. An unknown kind of instruction gets an error.
 * 2. An error answer says where and how something failed. `AuthorText` decides how much of an author's text it quotes.
 * 3. A descriptor is fetched once. After a failed attempt it is fetched again.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { INSECURE } from "../sdk/channel";
import type { fnApi, MonitoringInfo, WorkerIdentity } from "../sdk/fn-api";
import { BeamFnControlClient, CHANNEL_OPTIONS, workerMetadata } from "../sdk/fn-api";
import { BeamError } from "../error";
import { BundleFailure, Bundles, type BundlesOptions } from "./bundles";
import { wordsOf } from "./failure";
import type { WorkerLoad } from "./load";
import type { FnApiLogger } from "./logging";
import { processInfos } from "./monitoring";
import { ShortIds } from "./short-ids";

type Response = fnApi.InstructionResponse["response"];

export interface ControlOptions extends Omit<BundlesOptions, "descriptor"> {
  readonly url: string;
  readonly worker: WorkerIdentity;
  readonly logger: FnApiLogger;
  /** True when the runner understands short ids of monitoring infos. */
  readonly usesShortIds: boolean;
  /** Returns the load of the whole worker. */
  readonly load: () => WorkerLoad;
}

export class ControlClient {
  /** Resolves when the runner closes the stream. Rejects when it breaks. */
  readonly closed: Promise<void>;
  private readonly client: BeamFnControlClient;
  private readonly stream: ClientDuplexStream<fnApi.InstructionResponse, fnApi.InstructionRequest>;
  private readonly descriptors = new Map<string, Promise<fnApi.ProcessBundleDescriptor>>();
  private readonly bundles: Bundles;
  private readonly shortIds = new ShortIds();

  constructor(private readonly options: ControlOptions) {
    this.bundles = new Bundles({ ...options, descriptor: (id) => this.descriptor(id) });
    this.client = new BeamFnControlClient(options.url, INSECURE, CHANNEL_OPTIONS);
    this.stream = this.client.control(workerMetadata(options.worker));
    this.closed = new Promise((resolve, reject) => {
      this.stream.on("end", resolve);
      this.stream.on("error", (error) =>
        reject(new BeamError("PIPELINE", `The control stream to the runner broke: ${error.message}.`)),
      );
    });
    this.stream.on("data", (request: fnApi.InstructionRequest) => void this.answer(request));
  }

  get load(): Pick<WorkerLoad, "runningBundles" | "idleProcessors" | "descriptors"> {
    return { ...this.bundles.load, descriptors: this.descriptors.size };
  }

  /** Ends the stream and tears down idle processors. */
  async end(): Promise<void> {
    this.stream.end();
    await this.bundles.close();
    this.client.close();
  }

  private async answer(request: fnApi.InstructionRequest): Promise<void> {
    const { instructionId } = request;
    try {
      this.stream.write({ instructionId, error: "", response: await this.respond(request) });
    } catch (error) {
      const { transformId, cause } = error instanceof BundleFailure ? error : { transformId: undefined, cause: error };
      const { authorText } = this.options.environment;
      const { message, trace, answer } = wordsOf(request.request.oneofKind ?? "unknown instruction", cause, authorText);
      this.options.logger.log("ERROR", message, { instructionId, trace, ...(transformId && { transformId }) });
      this.stream.write({ instructionId, error: answer, response: { oneofKind: undefined } });
    }
  }

  private async respond({ instructionId, request }: fnApi.InstructionRequest): Promise<Response> {
    switch (request.oneofKind) {
      case "processBundle": {
        const { infos, ...answer } = await this.bundles.process(instructionId, request.processBundle);
        const processBundle = { ...answer, ...this.monitoring(infos), requiresFinalization: false };
        return { oneofKind: "processBundle", processBundle };
      }
      case "processBundleProgress": {
        const infos = this.bundles.progress(request.processBundleProgress.instructionId);
        return { oneofKind: "processBundleProgress", processBundleProgress: this.monitoring(infos) };
      }
      case "processBundleSplit":
        return { oneofKind: "processBundleSplit", processBundleSplit: this.bundles.split(request.processBundleSplit) };
      case "finalizeBundle":
        // No bundle here requests finalization, so there is nothing to do.
        return { oneofKind: "finalizeBundle", finalizeBundle: {} };
      case "monitoringInfos": {
        const monitoringInfo = this.shortIds.infosOf(request.monitoringInfos.monitoringInfoId);
        return { oneofKind: "monitoringInfos", monitoringInfos: { monitoringInfo } };
      }
      case "harnessMonitoringInfos":
        return { oneofKind: "harnessMonitoringInfos", harnessMonitoringInfos: { monitoringData: this.processData() } };
      case "register":
        for (const descriptor of request.register.processBundleDescriptor) {
          this.descriptors.set(descriptor.id, Promise.resolve(descriptor));
        }
        return { oneofKind: "register", register: {} };
      case undefined:
        throw new BeamError("PIPELINE", "The worker does not know this kind of instruction.");
    }
  }

  /** Returns figures of the process. This kind of answer allows only short ids. */
  private processData(): Record<string, Uint8Array> {
    const { heapUsed, rss } = process.memoryUsage();
    return this.shortIds.dataOf(processInfos({ ...this.options.load(), heapBytes: heapUsed, residentBytes: rss }));
  }

  private monitoring(infos: readonly MonitoringInfo[]): {
    monitoringInfos: MonitoringInfo[];
    monitoringData: Record<string, Uint8Array>;
  } {
    return this.options.usesShortIds
      ? { monitoringInfos: [], monitoringData: this.shortIds.dataOf(infos) }
      : { monitoringInfos: [...infos], monitoringData: {} };
  }

  private descriptor(id: string): Promise<fnApi.ProcessBundleDescriptor> {
    let descriptor = this.descriptors.get(id);
    if (descriptor === undefined) {
      descriptor = this.fetchDescriptor(id);
      this.descriptors.set(id, descriptor);
      descriptor.catch(() => this.descriptors.delete(id));
    }
    return descriptor;
  }

  private fetchDescriptor(processBundleDescriptorId: string): Promise<fnApi.ProcessBundleDescriptor> {
    return new Promise((resolve, reject) => {
      const metadata = workerMetadata(this.options.worker);
      this.client.getProcessBundleDescriptor({ processBundleDescriptorId }, metadata, (error, value) => {
        const reason = error?.message ?? "it has none";
        if (value !== undefined) resolve(value);
        else reject(new BeamError("PIPELINE", `The runner did not say what the bundle's stage is: ${reason}.`));
      });
    });
  }
}
