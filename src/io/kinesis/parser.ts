import {
  type DoFnInstance,
  type DoFnTransform,
  type ElementContext,
  type Emit,
  GLOBAL_WINDOW,
  NO_FIRING,
} from "../../beam";
import type { DeadLetter, KinesisRecord } from "../../chat/model";

/** What becomes of a record: one message, or one dead letter. */
export type ParserOutputs<M> = { main: M; deadLetters: DeadLetter };

/**
 * A DoFn that the source has do a part of its work. For each record it emits once: to `main` with the event time, or
 * without one, which leaves the record at its arrival and does not move the watermark. It is asked before the record is
 * claimed, and again when the claim is refused, so it keeps and counts nothing.
 */
export type Parser<M> = DoFnTransform<KinesisRecord, ParserOutputs<M>>;

/** What the parser made of the record that it was last asked for. */
export class RecordParser {
  tag: keyof ParserOutputs<unknown> = "main";
  value: unknown;
  /** Undefined for what has no event time. */
  eventMs: number | undefined;
  private emissions = 0;
  private readonly context: { -readonly [K in keyof ElementContext]: ElementContext[K] } = {
    timestampMs: 0,
    window: GLOBAL_WINDOW,
    pane: NO_FIRING,
  };

  constructor(private readonly parser: DoFnInstance<KinesisRecord, ParserOutputs<unknown>>) {}

  parse(record: KinesisRecord): void {
    this.emissions = 0;
    this.context.timestampMs = record.arrivalMs;
    this.parser.process(record, this.take, this.context);
    if (this.emissions !== 1) throw new Error(`The parser emitted ${this.emissions} times for a record, and not once.`);
  }

  close(): void | Promise<void> {
    return this.parser.close?.();
  }

  private readonly take: Emit<ParserOutputs<unknown>> = (tag, value, timestampMs) => {
    this.emissions++;
    this.tag = tag;
    this.value = value;
    this.eventMs = tag === "main" ? timestampMs : undefined;
  };
}
