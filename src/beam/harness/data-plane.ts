/**
 * One data stream to the runner, shared by all bundles of this worker.
 *
 * 1. Data for an instruction is kept until its bundle takes it. When more than `MAX_BUFFERED_BYTES` wait, the stream is
 *    paused, and gRPC's flow control holds the runner.
 * 2. A bundle's queue is deleted when the bundle ends. Later data of a failed instruction is dropped. For that, the ids
 *    of the newest `REMEMBERED_INSTRUCTIONS` failed instructions are kept.
 * 3. `send` resolves when the stream can take more, so a slow runner slows the bundles that write. The stream itself
 *    holds some sixteen messages, and at most `MAX_SENDING_BYTES` before writers wait.
 * 4. Timers fail their bundle, since no stage here sets any.
 * 5. When the stream breaks, all pending and all later calls fail. It is never opened again.
 */
import type { Client } from "@grpc/grpc-js";
import { type DataStream, encodeElements, openDataStream } from "../sdk/data-stream";
import { type fnApi, type WorkerIdentity, workerMetadata } from "../sdk/fn-api";
import { type Deferred, quietDeferred } from "../deferred";
import { BeamError } from "../error";

const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
const MAX_SENDING_BYTES = 16 * 1024 * 1024;
const REMEMBERED_INSTRUCTIONS = 1_000;
/** Memory that a message takes besides its data, roughly. */
const OVERHEAD_BYTES = 200;

export interface DataChunk {
  readonly transformId: string;
  readonly data: Uint8Array;
  readonly isLast: boolean;
}

export interface DataPlaneOptions {
  readonly maxBufferedBytes?: number;
  /** Called once, when the stream has broken. */
  readonly onFailure: (error: Error) => void;
}

interface Inbound {
  readonly chunks: DataChunk[];
  waiter: (() => void) | undefined;
  hasTimers: boolean;
}

export class DataPlane {
  private readonly client: Client;
  private readonly stream: DataStream;
  private readonly inbound = new Map<string, Inbound>();
  private readonly failed = new Set<string>();
  private readonly maxBufferedBytes: number;
  private bufferedBytes = 0;
  private draining: Deferred<void> | undefined;
  /** Bytes that were written to the stream and not yet sent. */
  private bytesToSend = 0;
  private failure: Error | undefined;

  constructor(
    url: string,
    worker: WorkerIdentity,
    private readonly options: DataPlaneOptions,
  ) {
    this.maxBufferedBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
    ({ client: this.client, stream: this.stream } = openDataStream(url, workerMetadata(worker)));
    this.stream.on("data", (elements: fnApi.Elements) => this.receive(elements));
    this.stream.on("drain", () => this.onSent(0));
    this.stream.on("error", (error) => this.fail(error.message));
    this.stream.on("end", () => this.fail("the runner closed it"));
  }

  /** Instructions with a queue, and bytes in all queues; for tests and figures. */
  get load(): { readonly instructions: number; readonly bufferedBytes: number; readonly failed: number } {
    return { instructions: this.inbound.size, bufferedBytes: this.bufferedBytes, failed: this.failed.size };
  }

  /** Bytes that the stream holds because the runner does not read; for tests and figures. */
  get sendingBytes(): number {
    return this.bytesToSend;
  }

  /** Returns the next chunk of an instruction, in order. The caller knows when it has received them all. */
  async next(instructionId: string): Promise<DataChunk> {
    const queue = this.queueOf(instructionId);
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      if (queue.hasTimers) throw timersRefused();
      const chunk = queue.chunks.shift();
      if (chunk !== undefined) {
        this.release(chunk);
        return chunk;
      }
      await new Promise<void>((resolve) => (queue.waiter = resolve));
    }
  }

  /** Forgets the instruction. When it `failed`, data that still arrives for it is dropped. */
  close(instructionId: string, failed: boolean): void {
    const queue = this.inbound.get(instructionId);
    this.inbound.delete(instructionId);
    for (const chunk of queue?.chunks ?? []) this.release(chunk);
    if (!failed) return;
    this.failed.add(instructionId);
    const [oldest] = this.failed;
    if (this.failed.size > REMEMBERED_INSTRUCTIONS && oldest !== undefined) this.failed.delete(oldest);
  }

  /**
   * Sends the chunks as one message, which copies their data at once. Resolves when there is room for the next one.
   * Rejects when the stream has broken.
   */
  send(instructionId: string, chunks: readonly DataChunk[]): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const message = encodeElements(instructionId, chunks);
    const bytes = message.length + OVERHEAD_BYTES;
    this.bytesToSend += bytes;
    const takesMore = this.stream.write(message, () => this.onSent(bytes));
    if (!takesMore || this.bytesToSend > MAX_SENDING_BYTES) this.draining ??= quietDeferred();
    return this.draining?.promise ?? Promise.resolve();
  }

  end(): void {
    this.stream.end();
    this.client.close();
  }

  private receive(elements: fnApi.Elements): void {
    for (const { instructionId, transformId, data, isLast } of elements.data) {
      if (this.failed.has(instructionId)) continue;
      const queue = this.queueOf(instructionId);
      queue.chunks.push({ transformId, data, isLast });
      this.bufferedBytes += data.length + OVERHEAD_BYTES;
      this.wake(queue);
    }
    for (const { instructionId } of elements.timers) {
      if (this.failed.has(instructionId)) continue;
      const queue = this.queueOf(instructionId);
      queue.hasTimers = true;
      this.wake(queue);
    }
    if (this.bufferedBytes > this.maxBufferedBytes) this.stream.pause();
  }

  private release(chunk: DataChunk): void {
    this.bufferedBytes -= chunk.data.length + OVERHEAD_BYTES;
    if (this.stream.isPaused() && this.bufferedBytes < this.maxBufferedBytes / 2) this.stream.resume();
  }

  private queueOf(instructionId: string): Inbound {
    let queue = this.inbound.get(instructionId);
    if (queue === undefined)
      this.inbound.set(instructionId, (queue = { chunks: [], waiter: undefined, hasTimers: false }));
    return queue;
  }

  private wake(queue: Inbound): void {
    const { waiter } = queue;
    queue.waiter = undefined;
    waiter?.();
  }

  private onSent(bytes: number): void {
    this.bytesToSend -= bytes;
    if (this.bytesToSend <= MAX_SENDING_BYTES / 2 && !this.stream.writableNeedDrain) this.endDraining();
  }

  private endDraining(error?: Error): void {
    const { draining } = this;
    this.draining = undefined;
    if (error === undefined) draining?.resolve();
    else draining?.reject(error);
  }

  private fail(reason: string): void {
    if (this.failure !== undefined) return;
    this.failure = new BeamError("PIPELINE", `The data stream to the runner broke: ${reason}.`);
    for (const queue of this.inbound.values()) this.wake(queue);
    this.endDraining(this.failure);
    this.options.onFailure(this.failure);
  }
}

export function timersRefused(): BeamError {
  return new BeamError("PIPELINE", "The runner sent timers, but no stage of this worker has any.");
}
