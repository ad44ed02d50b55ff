/**
 * The independent checker: computes the expected content of the index from the messages sent, by a naive algorithm that
 * shares no code with the pipeline, and compares it with the real one.
 *
 * 1. The messages of a user or conversation in event-time order are cut wherever two neighbours are at least a gap
 *    apart. Duplicates take part in this, because they are dropped only when the session has closed.
 * 2. Within a session the first of the messages that have the same id and content, or without an id the same time and
 *    content, stays; the others are duplicates. A message whose id an earlier one has is an edit.
 * 3. Parts of a session are joined before they are compared: the oracle does not check where a session is cut, but
 *    checks that its parts are complete, numbered and in order.
 * 4. Each message sent is in one session, one duplicate or one dead letter.
 * 5. Messages of a conversation are grouped by it. What two authors say there is never one message, nor an edit.
 */
import { createHash } from "node:crypto";
import { factDifferences, roleOf } from "./oracle-facts";
import { byEventTime, placeKey, type SentMessage } from "./sent";
import type { StoredMessage, StoredPart } from "./stored-part";

export type { StoredPart } from "./stored-part";

export interface ExpectedSession {
  /** The conversation, or else the user. */
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly messages: readonly SentMessage[];
  readonly duplicateCount: number;
  readonly editCount: number;
}

/** A dead letter of the index: the position of its record, and the number of messages that it stands for. */
export interface StoredDeadLetter {
  readonly id: string;
  readonly code: string;
  readonly stage: string;
  readonly kind: string;
  readonly placeKey: string;
  readonly messageCount: number;
  readonly payload: Buffer;
}

export const GAP_MS = 300_000;

export function expectedSessions(sent: readonly SentMessage[], gapMs = GAP_MS): readonly ExpectedSession[] {
  const perKey = groupBy(sent, ({ chat, userId }) => chat ?? userId);
  return [...perKey.values()].flatMap((messages) => sessionsOfKey(messages.toSorted(byEventTime), gapMs));
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

/** The conversation of a document, or else its user. */
function keyOfPart({ sessionKey, userId }: StoredPart): string {
  return sessionKey ?? userId;
}

function sessionsOfKey(ordered: readonly SentMessage[], gapMs: number): ExpectedSession[] {
  const sessions: SentMessage[][] = [];
  let previousMs = -Infinity;
  for (const message of ordered) {
    if (message.timestampMs - previousMs >= gapMs) sessions.push([]);
    sessions.at(-1)!.push(message);
    previousMs = message.timestampMs;
  }
  return sessions.map(closeSession);
}

function closeSession(all: readonly SentMessage[]): ExpectedSession {
  const isSame = (a: SentMessage, b: SentMessage): boolean =>
    a.content === b.content &&
    a.userId === b.userId &&
    a.messageId === b.messageId &&
    (a.messageId !== undefined || a.timestampMs === b.timestampMs);
  const messages = all.filter((message, index) => all.findIndex((other) => isSame(message, other)) === index);
  const ids = messages.flatMap(({ userId, messageId }) => (messageId === undefined ? [] : [`${userId} ${messageId}`]));
  return {
    key: messages[0]!.chat ?? messages[0]!.userId,
    startMs: messages[0]!.timestampMs,
    endMs: messages.at(-1)!.timestampMs,
    messages,
    duplicateCount: all.length - messages.length,
    editCount: ids.length - new Set(ids).size,
  };
}

export interface OracleOptions {
  readonly gapMs?: number;
  readonly embeddingLength?: number;
}

/** Returns one sentence per difference between messages sent and documents stored; an empty list when all is right. */
export function differences(
  sent: readonly SentMessage[],
  parts: readonly StoredPart[],
  options: OracleOptions = {},
): readonly string[] {
  const found: string[] = [];
  const expected = new Map(
    expectedSessions(sent, options.gapMs).map((session) => [`${session.key} @ ${session.startMs}`, session]),
  );
  const { sessions, broken } = reassemble(parts);
  found.push(...broken, ...checkParts(parts, options.embeddingLength ?? 1_536));
  for (const [key, session] of expected) {
    const stored = sessions.get(key);
    if (stored === undefined) found.push(`missing: ${key}, ${session.messages.length} messages to ${session.endMs}`);
    else found.push(...compareSession(key, session, stored));
  }
  for (const [key, stored] of sessions) {
    if (!expected.has(key)) found.push(`unexpected: ${key}, parts ${stored.map(({ id }) => id).join(", ")}`);
  }
  return found;
}

function checkParts(parts: readonly StoredPart[], embeddingLength: number): string[] {
  const found: string[] = [];
  const ids = new Set(parts.map(({ id }) => id));
  if (ids.size !== parts.length) found.push(`${parts.length - ids.size} ids occur more than once`);
  for (const part of parts) {
    const name = `document ${part.id} of ${keyOfPart(part)} @ ${part.startMs}`;
    if (part.embeddingLength !== embeddingLength) found.push(`${name}: embedding of ${part.embeddingLength} floats`);
    if (part.messageCount !== part.messages.length) {
      found.push(`${name}: says ${part.messageCount} messages, holds ${part.messages.length}`);
    }
    if (part.summary === "") found.push(`${name}: no summary`);
  }
  return found;
}

/** Joins the documents of a conversation or user in event-time order into runs of parts 1..n. */
function reassemble(parts: readonly StoredPart[]): {
  readonly sessions: ReadonlyMap<string, readonly StoredPart[]>;
  readonly broken: string[];
} {
  const sessions = new Map<string, StoredPart[]>();
  const broken: string[] = [];
  for (const own of groupBy(parts, keyOfPart).values()) {
    const ordered = own.toSorted((a, b) => a.startMs - b.startMs || a.part - b.part);
    let current: StoredPart[] = [];
    for (const part of ordered) {
      const follows =
        current.length > 0 && part.part === current.length + 1 && part.partCount === current[0]!.partCount;
      if (!follows || part.part === 1) {
        current = [];
        const key = `${keyOfPart(part)} @ ${part.startMs}`;
        if (part.part !== 1) broken.push(`${key}: part ${part.part} of ${part.partCount} does not follow another`);
        if (sessions.has(key)) broken.push(`${key}: two sessions, ${sessions.get(key)![0]!.id} and ${part.id}`);
        sessions.set(key, current);
      }
      current.push(part);
    }
  }
  return { sessions, broken };
}

function compareSession(key: string, expected: ExpectedSession, stored: readonly StoredPart[]): string[] {
  const found: string[] = [];
  if (stored.length !== stored[0]!.partCount) {
    found.push(`${key}: ${stored.length} parts of ${stored[0]!.partCount}`);
  }
  const endMs = stored.at(-1)!.endMs;
  if (endMs !== expected.endMs) found.push(`${key}: ends at ${endMs}, expected ${expected.endMs}`);
  const storedMessages = stored.flatMap(({ messages }) => messages);
  if (storedMessages.some(({ timestampMs }, index) => timestampMs < (storedMessages[index - 1]?.timestampMs ?? 0))) {
    found.push(`${key}: messages out of order`);
  }
  const wanted = count(
    expected.messages.map((message) => describe({ ...message, author: message.userId, role: roleOf(message) })),
  );
  const held = count(
    stored.flatMap(({ userId, messages }) => messages.map((own) => describe({ author: userId, ...own }))),
  );
  for (const [message, times] of wanted) {
    const missing = times - (held.get(message) ?? 0);
    if (missing > 0) found.push(`${key}: lacks ${missing} × ${message}`);
  }
  for (const [message, times] of held) {
    const extra = times - (wanted.get(message) ?? 0);
    if (extra > 0) found.push(`${key}: holds ${extra} too many × ${message}`);
  }
  return [...found, ...factDifferences(key, expected.messages, stored)];
}

/** Ties of event time may come in any order, so messages are compared as a set of times, ids and contents. */
function describe({ timestampMs, author, role = "customer", messageId, content }: StoredMessage): string {
  return `${timestampMs} ${author} (${role}) ${messageId ?? "(no id)"} ${JSON.stringify(content.slice(0, 40))} #${hash(content)}`;
}

function hash(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

function count(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/**
 * Conservation: the sessions must consist of the messages sent, less the records among the dead letters. Returns those
 * messages; throws when a dead letter stands for nothing that was sent, or for the same record as another.
 */
export function withoutDeadLetters(
  sent: readonly SentMessage[],
  deadLetters: readonly StoredDeadLetter[],
): readonly SentMessage[] {
  const dead = new Set<string>();
  for (const letter of deadLetters) {
    if (dead.has(letter.placeKey)) throw new Error(`two dead letters of ${letter.placeKey}`);
    dead.add(letter.placeKey);
  }
  const kept = sent.filter(({ place }) => !dead.delete(placeKey(place)));
  if (dead.size > 0) throw new Error(`dead letters of nothing that was sent: ${[...dead].slice(0, 5).join(", ")}`);
  return kept;
}
