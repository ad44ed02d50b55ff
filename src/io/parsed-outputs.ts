/** The outputs of a source that parses its records: messages, late messages and dead letters. */
import type { SplittableContext } from "../beam";
import { DEAD_LETTER_CODES, type DeadLetterCode } from "../chat/errors";
import type { DeadLetter, SourceRecord } from "../chat/model";
import { subjectOfMessage } from "../chat/steps/letters/letter-subject";
import { isTooLate } from "./event-time";

export type ParsedOutputs = { messages: unknown; late: unknown; deadLetters: DeadLetter };

/** A parser's result for a record; see `RecordParser`. */
export interface ParsedRecord {
  readonly record: SourceRecord;
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

/** `read` counts messages and refused records, `withoutMessages` records in which the settings find no message. */
export const PARSED_COUNTS = ["read", "withoutMessages", "unreadable", "tooLate"] as const;
export type ParsedCounts = Record<(typeof PARSED_COUNTS)[number], number>;

export function noParsedCounts(): ParsedCounts {
  return { read: 0, withoutMessages: 0, unreadable: 0, tooLate: 0 };
}

/** The state that the records of one claim share. */
export interface Emission {
  readonly context: Pick<SplittableContext<ParsedOutputs>, "emit">;
  readonly counts: ParsedCounts;
  readonly settings: LateSettings;
  /** The watermark that was last reported. */
  readonly reportedMs: number;
}

/**
 * Emits and counts what became of claimed records, in order. `place` says in words where they lie, which their dead
 * letters then say. A promise must be awaited before the next claim.
 */
export function emitAllParsed(
  parsed: readonly ParsedRecord[],
  emission: Emission,
  place?: () => string,
): void | Promise<void> {
  if (parsed.length === 0) emission.counts.withoutMessages++;
  for (let index = 0; index < parsed.length; index++) {
    const emitted = emitParsed(parsed[index]!, emission, place);
    if (emitted === undefined) continue;
    return emitRest(emitted, parsed, index + 1, (each) => emitParsed(each, emission, place));
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
  { context, counts, settings, reportedMs }: Emission,
  place: (() => string) | undefined,
): void | Promise<void> {
  const { arrivalMs } = record;
  // Never behind the watermark, so that no later stage drops it for being late itself.
  const notLateMs = Math.max(arrivalMs, reportedMs);
  counts.read++;
  if (tag === "deadLetters") {
    counts.unreadable++;
    return context.emit("deadLetters", placed(value as DeadLetter, place), notLateMs);
  }
  if (eventMs === undefined) return context.emit("messages", value, arrivalMs);
  if (!isTooLate(eventMs, settings.gapMs, reportedMs)) return context.emit("messages", value, eventMs);
  counts.tooLate++;
  if (settings.late === "amend") return context.emit("late", value, notLateMs);
  const subject = subjectOfMessage(value);
  const letter = { ...recordLetter("TOO_LATE", record), ...(subject === undefined ? {} : { subject }) };
  return context.emit("deadLetters", placed(letter, place), notLateMs);
}

/** The letter with its place, and with bytes of its own, since a view would keep a whole block of a file in memory. */
function placed(letter: DeadLetter, place: (() => string) | undefined): DeadLetter {
  const reason = place === undefined ? letter.reason : `${letter.reason} (${place()})`;
  return { ...letter, reason, payload: Buffer.from(letter.payload) };
}

/** The dead letter of a record as it was read. */
export function recordLetter(
  code: DeadLetterCode,
  { position, arrivalMs, data }: SourceRecord,
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
