import {
  type DoFnInstance,
  type DoFnTransform,
  type ElementContext,
  type Emit,
  GLOBAL_WINDOW,
  NO_FIRING,
} from "../beam";
import type { DeadLetter, SourceRecord } from "../chat/model";
import type { UnpackSettings } from "../chat/steps/records/settings";
import { unpackerOf } from "../chat/steps/records/unpack";
import { type ParsedRecord, recordLetter } from "./parsed-outputs";

/** The outcome of a message's record: one message, or one dead letter. */
export type ParserOutputs<M> = { main: M; deadLetters: DeadLetter };

/**
 * A DoFn that the source runs inside itself. For each record it emits once: to `main` with the event time, or without
 * one, which leaves the record at its arrival and does not move the watermark. It runs before the record is claimed,
 * and again when the claim is refused, so it must keep and count nothing.
 */
export type Parser<M> = DoFnTransform<SourceRecord, ParserOutputs<M>>;

/** Unpacks records, and runs the parser on each message's own record. */
export class RecordParser {
  private readonly unpack: ReturnType<typeof unpackerOf>;
  private tag: keyof ParserOutputs<unknown> = "main";
  private value: unknown;
  private eventMs: number | undefined;
  private emissions = 0;
  private readonly context: { -readonly [K in keyof ElementContext]: ElementContext[K] } = {
    timestampMs: 0,
    window: GLOBAL_WINDOW,
    pane: NO_FIRING,
  };

  constructor(
    private readonly parser: DoFnInstance<SourceRecord, ParserOutputs<unknown>>,
    settings?: UnpackSettings,
  ) {
    this.unpack = settings === undefined ? undefined : unpackerOf(settings);
  }

  /** The record's outcomes: one, or one for each message in it, which may be none. */
  parse(record: SourceRecord): readonly ParsedRecord[] {
    const unpacked = this.unpack?.(record);
    if (unpacked === undefined) return [this.parseOne(record)];
    if (unpacked.ok) return unpacked.records.map((own) => this.parseOne(own));
    const value = recordLetter(unpacked.code, record, unpacked.reason);
    return [{ record, tag: "deadLetters", value, eventMs: undefined }];
  }

  close(): void | Promise<void> {
    return this.parser.close?.();
  }

  private parseOne(record: SourceRecord): ParsedRecord {
    this.emissions = 0;
    this.context.timestampMs = record.arrivalMs;
    this.parser.process(record, this.take, this.context);
    if (this.emissions !== 1) throw new Error(`The parser emitted ${this.emissions} times for a record, and not once.`);
    const { tag, value, eventMs } = this;
    return { record, tag, value, eventMs };
  }

  private readonly take: Emit<ParserOutputs<unknown>> = (tag, value, timestampMs) => {
    this.emissions++;
    this.tag = tag;
    this.value = value;
    this.eventMs = tag === "main" ? timestampMs : undefined;
  };
}
