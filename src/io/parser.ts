import {
  type DoFnInstance,
  type DoFnTransform,
  type ElementContext,
  type Emit,
  GLOBAL_WINDOW,
  NO_FIRING,
} from "../beam";
import type { DeadLetter, KinesisRecord } from "../chat/model";

/** The outcome of a record: one message, or one dead letter. */
export type ParserOutputs<M> = { main: M; deadLetters: DeadLetter };

/**
 * A DoFn that the source runs inside itself. For each record it emits once: to `main` with the event time, or without
 * one, which leaves the record at its arrival and does not move the watermark. It runs before the record is claimed,
 * and again when the claim is refused, so it must keep and count nothing.
 */
export type Parser<M> = DoFnTransform<KinesisRecord, ParserOutputs<M>>;

/** Keeps the parser's output for the record that it was last called with. */
export class RecordParser {
  tag: keyof ParserOutputs<unknown> = "main";
  value: unknown;
  /** Undefined for a record without event time. */
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
