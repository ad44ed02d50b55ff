/**
 * One input port of a processor, where elements come from the runner into a stage.
 *
 * 1. `index` is the element being processed, counted from 0 over the whole channel; -1 before the first.
 * 2. Elements from `stop` on were given back by a split. They are dropped, but the channel is still read to its end.
 */
import { Reader } from "protobufjs";
import type { Receiver } from "../operators/contract";
import { type AuthorText, stageError } from "../failure/stage-error";
import type { WindowedValue } from "../values";
import { type ChannelSplit, channelSplit, type DesiredSplit } from "./channel-split";
import type { Port } from "./ports";

/** Time of processing after which the event loop gets a turn, so that I/O and other bundles do not starve. */
const TURN_MS = 10;
/** Number of elements between two readings of the clock. */
const ELEMENTS_PER_LOOK = 64;

export class DataSource {
  index = -1;
  isEnded = false;
  private stop = Infinity;

  constructor(
    readonly port: Port,
    private readonly receiver: Receiver,
    private readonly authorText: AuthorText,
  ) {}

  start(): void {
    this.index = -1;
    this.isEnded = false;
    this.stop = Infinity;
  }

  /** Processes a chunk's elements one after the other. Resolves when the last one was taken. */
  async take(data: Uint8Array): Promise<void> {
    // protobufjs has a faster reader for a Buffer, above all for strings.
    const reader = Reader.create(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    let turnEndsMs = performance.now() + TURN_MS;
    while (reader.pos < reader.len) {
      if (this.index + 1 >= this.stop) return;
      this.index++;
      const waits = this.receiver.receive(this.decode(reader));
      if (waits !== undefined) await waits;
      if (this.index % ELEMENTS_PER_LOOK === 0 && performance.now() > turnEndsMs) {
        await new Promise((resolve) => setImmediate(resolve));
        turnEndsMs = performance.now() + TURN_MS;
      }
    }
  }

  /**
   * Finds where to split. A split between elements is done here. A split within an element is done by the caller, who
   * then calls `stopAfterCurrent`.
   */
  split(desired: DesiredSplit, elementProgress: number, canSplitElement: boolean): ChannelSplit | undefined {
    if (this.isEnded) return undefined;
    const { index, stop } = this;
    const split = channelSplit({ index, elementProgress, stop }, desired, canSplitElement);
    if (split?.kind === "boundary") this.stop = split.firstResidual;
    return split;
  }

  stopAfterCurrent(): void {
    this.stop = this.index + 1;
  }

  private decode(reader: Reader): WindowedValue<unknown> {
    try {
      return this.port.codec.decode(reader);
    } catch (error) {
      throw stageError(this.port.transformId, error, this.authorText);
    }
  }
}
