/**
 * One output port of a processor, where elements go from a stage to the runner.
 *
 * 1. Elements are sent when enough have gathered or the oldest has waited long enough. The bundle's `OutputPace` sets
 *    both bounds: large chunks when much is emitted, early ones when little is.
 * 2. The buffer is emptied before anything is awaited, so an element is never sent twice.
 * 3. The first failure fails the bundle, even when it came from a timer's sending or an author swallowed it: `finish`
 *    throws it.
 * 4. `finish` returns the rest with the end-of-data mark, which every bundle has, even without output.
 */
import type { Processed, Receiver } from "../operators/contract";
import type { WindowedValue } from "../values";
import type { DataChunk } from "./data-plane";
import { BeamError } from "../error";
import { EagerWriter } from "./eager-writer";
import type { OutputPace } from "./output-pace";
import type { Port } from "./ports";

const NO_DATA = new Uint8Array();

export class DataSink implements Receiver {
  private readonly writer = new EagerWriter();
  private instructionId = "";
  private timer: NodeJS.Timeout | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    readonly port: Port,
    /** Shared by all outputs of the bundle. */
    private readonly pace: OutputPace,
  ) {}

  start(instructionId: string): void {
    this.instructionId = instructionId;
  }

  receive(element: WindowedValue<unknown>): Processed {
    this.throwFailure();
    try {
      this.port.codec.encode(element, this.writer);
    } catch (error) {
      // The buffer may hold half an element, so the sink is unusable.
      this.failure = { error };
      throw error;
    }
    if (this.writer.len >= this.pace.flushBytes) return this.flush();
    if (this.timer === undefined && this.pace.flushMs < Infinity) {
      this.timer = setTimeout(this.onTimer, this.pace.flushMs);
    }
  }

  /** Returns the rest of the bundle's output, and its end. */
  finish(): DataChunk[] {
    this.stopTimer();
    this.throwFailure();
    const { transformId } = this.port;
    const end = { transformId, data: NO_DATA, isLast: true };
    // Without a rest, too: it gives up the memory of a large element.
    const data = this.writer.finish();
    return data.length === 0 ? [end] : [{ transformId, data, isLast: false }, end];
  }

  /** Refuses whatever the code of a failed bundle still emits. */
  abandon(): void {
    this.stopTimer();
    this.failure ??= { error: new BeamError("PIPELINE", "The bundle has failed already.") };
  }

  private readonly onTimer = (): void => {
    this.flush().catch(() => undefined);
  };

  private flush(): Promise<void> {
    this.stopTimer();
    this.pace.count();
    const { transformId, plane } = this.port;
    const sending = plane().send(this.instructionId, [{ transformId, data: this.writer.written(), isLast: false }]);
    this.writer.clear();
    return sending.catch((error: unknown) => {
      this.failure ??= { error };
      throw error;
    });
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}
