/**
 * One data stream to the runner, shared by all bundles of this worker.
 *
 * 1. What the runner sends for an instruction is kept until its bundle takes it; when more than `MAX_BUFFERED_BYTES` wait
 *    the stream is paused, and gRPC's flow control holds the runner.
 * 2. A bundle's queue is gone when the bundle ends. Data of an instruction that has failed is dropped; the ids of the
 *    newest `REMEMBERED_INSTRUCTIONS` of those are remembered for that.
 * 3. `send` resolves when the stream can take more: a slow runner slows the bundles that write.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { fnApi } from "../sdk-fn-api";
import { BeamFnDataClient, CHANNEL_OPTIONS, INSECURE, workerMetadata } from "../sdk-fn-api";

const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
const REMEMBERED_INSTRUCTIONS = 1_000;

export interface DataChunk {
  readonly transformId: string;
  readonly data: Uint8Array;
  readonly isLast: boolean;
}

interface Inbound {
  readonly chunks: DataChunk[];
  wake: (() => void) | undefined;
}

export class DataPlane {
  private readonly stream: ClientDuplexStream<fnApi.Elements, fnApi.Elements>;
  private readonly inbound = new Map<string, Inbound>();
  private readonly dropped = new Set<string>();
  private bufferedBytes = 0;
  private drained: Promise<void> | undefined;
  private failure: Error | undefined;

  constructor(
    url: string,
    workerId: string,
    private readonly onFailure: (error: Error) => void,
  ) {
    const client = new BeamFnDataClient(url, INSECURE, CHANNEL_OPTIONS);
    this.stream = client.data(workerMetadata(workerId));
    this.stream.on("data", (elements: fnApi.Elements) => this.receive(elements));
    this.stream.on("error", (error) => this.fail(error));
    this.stream.on("end", () => this.fail(new Error("the runner closed the data stream")));
  }

  /** The chunks of one instruction in order, as they come; the caller knows when it has had them all. */
  async next(instructionId: string): Promise<DataChunk> {
    const queue = this.queueOf(instructionId);
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const chunk = queue.chunks.shift();
      if (chunk !== undefined) {
        this.release(chunk);
        return chunk;
      }
      await new Promise<void>((resolve) => (queue.wake = resolve));
    }
  }

  /** Forgets the instruction; when it `failed`, what still comes for it is dropped. */
  close(instructionId: string, failed: boolean): void {
    const queue = this.inbound.get(instructionId);
    this.inbound.delete(instructionId);
    for (const chunk of queue?.chunks ?? []) this.release(chunk);
    if (!failed) return;
    this.dropped.add(instructionId);
    const [oldest] = this.dropped;
    if (this.dropped.size > REMEMBERED_INSTRUCTIONS && oldest !== undefined) this.dropped.delete(oldest);
  }

  async send(instructionId: string, transformId: string, data: Uint8Array, isLast: boolean): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const ready = this.stream.write({ data: [{ instructionId, transformId, data, isLast }], timers: [] });
    if (!ready) this.drained ??= new Promise((resolve) => this.stream.once("drain", resolve));
    if (this.drained !== undefined) {
      await this.drained;
      this.drained = undefined;
    }
  }

  end(): void {
    this.stream.end();
  }

  private receive(elements: fnApi.Elements): void {
    for (const { instructionId, transformId, data, isLast } of elements.data) {
      if (this.dropped.has(instructionId)) continue;
      const queue = this.queueOf(instructionId);
      queue.chunks.push({ transformId, data, isLast });
      this.bufferedBytes += data.length;
      this.wake(queue);
    }
    if (this.bufferedBytes > MAX_BUFFERED_BYTES) this.stream.pause();
  }

  private release(chunk: DataChunk): void {
    this.bufferedBytes -= chunk.data.length;
    if (this.stream.isPaused() && this.bufferedBytes < MAX_BUFFERED_BYTES / 2) this.stream.resume();
  }

  private queueOf(instructionId: string): Inbound {
    let queue = this.inbound.get(instructionId);
    if (queue === undefined) this.inbound.set(instructionId, (queue = { chunks: [], wake: undefined }));
    return queue;
  }

  private wake(queue: Inbound): void {
    const { wake } = queue;
    queue.wake = undefined;
    wake?.();
  }

  private fail(error: Error): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    for (const queue of this.inbound.values()) this.wake(queue);
    this.onFailure(error);
  }
}
