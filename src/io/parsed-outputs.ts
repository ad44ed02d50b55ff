/** The outputs of a source that parses its records: messages, late messages and dead letters. */
import type { SplittableContext } from "../beam";
import { DEAD_LETTER_CODES, type DeadLetterCode } from "../chat/errors";
import type { DeadLetter, KinesisRecord } from "../chat/model";
import { isTooLate } from "./event-time";

export type ParsedOutputs = { messages: unknown; late: unknown; deadLetters: DeadLetter };

/** What a parser made of a record; see `RecordParser`. */
export interface ParsedRecord {
  readonly record: KinesisRecord;
  readonly tag: "main" | "deadLetters";
  readonly value: unknown;
  /** Undefined for a record without event time. */
  readonly eventMs: number | undefined;
}

export interface LateSettings {
  /** The sessions' gap: a record is too late when event time + gap ≤ watermark. */
  readonly gapMs: number;
  /** Where late records go: into dead letters, the default, or as messages to an output of their own. */
  readonly late?: "letter" | "amend";
}

export interface ParsedCounts {
  read: number;
  unreadable: number;
  tooLate: number;
}

/** Emits and counts what became of claimed records, in order. A promise must be awaited before the next claim. */
export function emitAllParsed(
  parsed: readonly ParsedRecord[],
  context: Pick<SplittableContext<ParsedOutputs>, "emit">,
  counts: ParsedCounts,
  settings: LateSettings,
  reportedMs: number,
): void | Promise<void> {
  for (let index = 0; index < parsed.length; index++) {
    const emitted = emitParsed(parsed[index]!, context, counts, settings, reportedMs);
    if (emitted === undefined) continue;
    return emitRest(emitted, parsed, index + 1, (each) => emitParsed(each, context, counts, settings, reportedMs));
  }
}

/** Goes on once downstream has room; most records need no promise. */
async function emitRest(
  emitted: Promise<void>,
  parsed: readonly ParsedRecord[],
  from: number,
  emit: (each: ParsedRecord) => void | Promise<void>,
): Promise<void> {
  await emitted;
  for (let index = from; index < parsed.length; index++) {
    const next = emit(parsed[index]!);
    if (next !== undefined) await next;
  }
}

/** Emits and counts what became of a claimed record, judged by the watermark that was last reported. */
function emitParsed(
  { record, tag, value, eventMs }: ParsedRecord,
  context: Pick<SplittableContext<ParsedOutputs>, "emit">,
  counts: ParsedCounts,
  settings: LateSettings,
  reportedMs: number,
): void | Promise<void> {
  const { arrivalMs } = record;
  // Never behind the watermark, so that no later stage drops it for being late itself.
  const notLateMs = Math.max(arrivalMs, reportedMs);
  counts.read++;
  if (tag === "deadLetters") {
    counts.unreadable++;
    return context.emit("deadLetters", value as DeadLetter, notLateMs);
  }
  if (eventMs === undefined) return context.emit("messages", value, arrivalMs);
  if (!isTooLate(eventMs, settings.gapMs, reportedMs)) return context.emit("messages", value, eventMs);
  counts.tooLate++;
  if (settings.late === "amend") return context.emit("late", value, notLateMs);
  // A view would keep a whole block of a file in memory.
  const own = { ...record, data: Buffer.from(record.data) };
  return context.emit("deadLetters", recordLetter("TOO_LATE", own), notLateMs);
}

/** The dead letter of a record as it was read. */
export function recordLetter(
  code: DeadLetterCode,
  { position, arrivalMs, data }: KinesisRecord,
  reason: string = DEAD_LETTER_CODES[code].meaning,
): DeadLetter {
  return {
    code,
    stage: DEAD_LETTER_CODES[code].stage,
    reason,
    kind: "record",
    payload: data,
    messageCount: 1,
    position,
    timestampMs: arrivalMs,
  };
}
