import { deadLetterCoder } from "../coders/dead-letter";
import { chatMessageCoder } from "../coders/chat-message";
import {
  type Counter,
  type ElementContext,
  type Emit,
  registerForSerialization,
  type SetupContext,
  type TaggedDoFn,
  taggedParDo,
} from "../../beam";
import { DEAD_LETTER_CODES } from "../errors";
import type { ChatMessage, DeadLetter, KinesisRecord } from "../model";
import { parse, type Parsed } from "./parse";
import type { MessageSettings } from "./settings";

/**
 * Read and parse are one stage: the source asks for a record's event time right before it emits it, and the parser then
 * finds its work done. Only the latest is kept: a map of all costs more than parsing does.
 */
let latest: { readonly record: KinesisRecord; readonly result: Parsed } | undefined;

/** The source's timestamp function: undefined for a record that will not become a message. */
export class MessageEventTime {
  constructor(private readonly settings: MessageSettings) {}

  eventTimeMs(record: KinesisRecord): number | undefined {
    const result = parse(record, this.settings);
    latest = { record, result };
    return result.ok ? result.message.timestampMs : undefined;
  }
}

type ParseOutputs = { main: ChatMessage; deadLetters: DeadLetter };

class ParseMessage implements TaggedDoFn<KinesisRecord, ParseOutputs> {
  private unreadable!: Counter;

  constructor(private readonly settings: MessageSettings) {}

  setup({ metrics }: SetupContext): void {
    this.unreadable = metrics.counter("unreadable");
  }

  process(record: KinesisRecord, emit: Emit<ParseOutputs>, _context: ElementContext): void {
    const result = latest?.record === record ? latest.result : parse(record, this.settings);
    latest = undefined;
    if (result.ok) return void emit("main", result.message);
    this.unreadable.inc();
    return void emit("deadLetters", {
      code: result.code,
      stage: DEAD_LETTER_CODES[result.code].stage,
      reason: result.reason,
      kind: "record",
      payload: record.data,
      messageCount: 1,
      position: record.position,
      timestampMs: record.arrivalMs,
    });
  }
}

/** Records → checked messages, and dead letters for the rest. */
export function parseMessages(settings: MessageSettings) {
  return taggedParDo("parseMessage", new ParseMessage(settings), {
    main: chatMessageCoder,
    deadLetters: deadLetterCoder,
  });
}

registerForSerialization("steps/parse-messages", { MessageEventTime, ParseMessage });
