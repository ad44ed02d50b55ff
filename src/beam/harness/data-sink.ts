/**
 * One output port of a processor: elements leave a stage for the runner.
 *
 * 1. Elements are sent when `FLUSH_BYTES` have gathered or the oldest waits for `FLUSH_MS`: large chunks when much flows,
 *    soon when little does.
 * 2. The buffer is swapped before anything is awaited, so an element is never sent twice.
 * 3. `finish` sends the rest with the end-of-data mark; every bundle sends one, also when it had no output.
 */
import { Writer } from "protobufjs";
import type { Processed, Receiver } from "../operators/contract";
import type { WindowedValue } from "../values";
import type { DataPlane } from "./data-plane";
import type { WindowedValueCodec } from "./windowed-value-codec";

const FLUSH_BYTES = 256 * 1024;
const FLUSH_MS = 20;

export class DataSink implements Receiver {
  private buffer = Writer.create();
  private instructionId = "";
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;

  constructor(
    private readonly transformId: string,
    private readonly codec: WindowedValueCodec,
    private readonly plane: () => DataPlane,
  ) {}

  start(instructionId: string): void {
    this.instructionId = instructionId;
    this.buffer = Writer.create();
  }

  receive(element: WindowedValue<unknown>): Processed {
    this.codec.encode(element, this.buffer);
    if (this.buffer.len >= FLUSH_BYTES) return this.flush();
    this.timer ??= setTimeout(() => void this.flush().catch(() => undefined), FLUSH_MS);
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.plane().send(this.instructionId, this.transformId, new Uint8Array(), true);
  }

  abandon(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.buffer = Writer.create();
  }

  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { buffer } = this;
    if (buffer.len === 0) return this.sending ?? Promise.resolve();
    this.buffer = Writer.create();
    this.sending = this.plane().send(this.instructionId, this.transformId, buffer.finish(), false);
    return this.sending;
  }
}
