import { hash } from "node:crypto";
import type { PlannedDocument, ShardRange } from "../../plan";
import {
  type AskedVersions,
  type ChatMessage,
  CUSTOMER,
  type DeadLetter,
  type EmbeddedPart,
  type RecordPosition,
  type SessionAttributes,
  type SessionPart,
  type SessionSummary,
  type SummarisedPart,
} from "../../model";
import { firstKey, heldKeys } from "../sessions/edits";
import {
  customerOf,
  messageCounts,
  type MessageCounts,
  type Participant,
  participantsOf,
} from "../sessions/participants";
import { partOfLetter } from "../letters/part-of-letter";
import { comparePositions, heldPosition, isHeld } from "../sessions/position";
import { roleOf } from "../sessions/speakers";
import { uuidOf } from "../ids/uuid-of";

export interface DocumentSettings {
  /** True to keep the messages themselves in the document. */
  readonly storeMessages: boolean;
  /** Name of the stream that the messages came from. */
  readonly stream: string;
}

export interface StoredMessage {
  /** User id of who wrote it. */
  readonly author: string;
  readonly role: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly id?: string;
  /** True for a text whose id another text had before. */
  readonly edit?: true;
  /** When the text was written that stands in the place of earlier ones, and the keys of these, the first one first. */
  readonly editedAt?: string;
  readonly replacedKeys?: readonly string[];
  /** Rules of what was redacted in the content. */
  readonly redacted?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The document that the index holds for one session part. Times are ISO 8601, UTC. */
export interface SessionDocument extends Omit<SessionSummary, "categories">, AskedVersions {
  /** The customer who wrote first; the first author where no customer wrote. */
  readonly userId: string;
  /** The key of the session, where that is not the user. */
  readonly sessionKey?: string;
  readonly participants: readonly Participant[];
  /** The participants' roles, sorted. */
  readonly roles: readonly string[];
  readonly messageCountByRole: MessageCounts;
  /** Time from the session's first message of a customer to the next one of somebody else. */
  readonly firstResponseMs?: number;
  /** From start to end. */
  readonly durationMs: number;
  /** UTF-16 units of all messages' texts. */
  readonly characters: number;
  readonly attributes?: SessionAttributes;
  readonly start: string;
  readonly end: string;
  readonly part: number;
  readonly partCount: number;
  readonly early: boolean;
  readonly pane: number;
  readonly messageCount: number;
  readonly messages?: readonly StoredMessage[];
  /** Keys of all messages that the document holds, those of replaced texts among them. */
  readonly keys: readonly string[];
  /** Identifies what the models were asked: text, models, prompt and taxonomy. */
  readonly contentHash: string;
  /** `question=answer`, sorted as the taxonomy is: one field of the index, however many questions there are. */
  readonly categories?: readonly string[];
  /** Names of the rules that alert of its messages and its summary, sorted; missing without any. */
  readonly alerts?: readonly string[];
  /** True when the summary is of a part of the messages only. */
  readonly truncated: boolean;
  /** Characters of the messages that no model call read. */
  readonly unreadCharacters: number;
  /** True when the vector stands for the beginning of the embedded text only. */
  readonly embeddingTruncated: boolean;
  readonly embeddingModel: string;
  readonly stream: string;
  readonly positions: readonly ShardRange[];
  readonly indexedAt: string;
  readonly embedding: readonly number[];
}

/**
 * The document's `_id`: a UUIDv5 of the session key, the part's first event time and the key of its first message;
 * where several messages have that time, their smallest key. It does not depend on panes, numbers of parts, positions
 * and arrival, so whatever is replayed overwrites itself. The time stands beside the key, because a message that is
 * sent again with its id may begin a second session.
 */
export function documentId({ sessionKey, messages }: Pick<SessionPart, "sessionKey" | "messages">): string {
  const startMs = messages[0]?.timestampMs;
  if (startMs === undefined) throw new RangeError("a session part has at least one message");
  const keys = messages.filter(({ timestampMs }) => timestampMs === startMs).map(firstKey);
  return uuidOf("document", sessionKey, startMs, keys.sort()[0]!);
}

/**
 * The dead letter's `_id`: a record's depends on its position, and in a file on its bytes too, a session part's on its
 * session key and the keys of its messages, an alert's on its receiver and id. The reason of failure is no part of it,
 * so another try overwrites the letter; one that holds less does not.
 */
export function deadLetterId(letter: Pick<DeadLetter, "kind" | "position" | "payload">): string {
  if (letter.kind === "session") {
    const { sessionKey, messages } = partOfLetter(letter);
    return uuidOf("dead-letter", letter.kind, sessionKey, ...messages.flatMap(heldKeys).sort());
  }
  const { shardId, sequenceNumber, subSequenceNumber } = letter.position;
  if (letter.kind === "alert") return uuidOf("dead-letter", letter.kind, shardId, sequenceNumber);
  // Another export may have the name of an earlier one, and every file begins at byte 0.
  const content = /^shardId-/.test(shardId) ? [] : [hash("sha256", letter.payload, "base64url")];
  return uuidOf("dead-letter", letter.kind, 0, shardId, sequenceNumber, subSequenceNumber, ...content);
}

/** An id for a part whose own one is another document's, whose messages it does not hold. */
export function furtherDocumentId(part: Pick<SessionPart, "sessionKey" | "messages">, attempt: number): string {
  return uuidOf("document", documentId(part), attempt);
}

/** The id of an alert: `subject` is the key of a message, or the id of a document. */
export function alertId(sessionKey: string, subject: string, rule: string): string {
  return uuidOf("alert", sessionKey, subject, rule);
}

/** The document that is planned, whose content raises these `alerts`. Pure but for `indexedAtMs`, which is given. */
export function sessionDocument(
  { content: embedded, contentHash, heldPositions, stream }: PlannedDocument<EmbeddedPart>,
  settings: DocumentSettings,
  indexedAtMs: number,
  alerts: readonly string[] = [],
): SessionDocument {
  const { part } = embedded;
  const participants = participantsOf(part.messages);
  const isKeyed = part.messages.some(({ sessionKey }) => sessionKey !== undefined);
  return {
    userId: isKeyed ? customerOf(participants) : part.sessionKey,
    ...(isKeyed ? { sessionKey: part.sessionKey } : {}),
    participants,
    roles: [...new Set(participants.map(({ role }) => role))].sort(),
    messageCountByRole: messageCounts(participants),
    ...(part.firstResponseMs === undefined ? {} : { firstResponseMs: part.firstResponseMs }),
    durationMs: part.endMs - part.startMs,
    characters: part.messages.reduce((sum, { content }) => sum + content.length, 0),
    ...(part.attributes === undefined ? {} : { attributes: part.attributes }),
    start: new Date(part.startMs).toISOString(),
    end: new Date(part.endMs).toISOString(),
    part: part.part,
    partCount: part.partCount,
    early: part.early,
    pane: part.pane,
    messageCount: part.messages.length,
    ...(settings.storeMessages ? { messages: part.messages.map(storedMessage) } : {}),
    keys: part.messages.flatMap(heldKeys),
    contentHash,
    ...summaryFields(embedded),
    ...(alerts.length === 0 ? {} : { alerts }),
    embeddingTruncated: embedded.embeddingTruncated,
    embeddingModel: embedded.embeddingModel,
    stream: stream ?? settings.stream,
    positions: shardRanges(part.messages, heldPositions),
    indexedAt: new Date(indexedAtMs).toISOString(),
    embedding: embedded.embedding,
  };
}

/** Fields of the summary model's answer, and of the versions that it was asked with. */
export function summaryFields({ summary, unreadCharacters, ...asked }: SummarisedPart) {
  const { categories, ...answers } = summary;
  return {
    summary: answers.summary,
    language: answers.language,
    intent: answers.intent,
    topics: answers.topics,
    sentiment: answers.sentiment,
    sensitive: answers.sensitive,
    sensitiveKinds: answers.sensitiveKinds,
    ...(categories === undefined ? {} : { categories: storedAnswers(categories) }),
    summaryModel: asked.summaryModel,
    promptVersion: asked.promptVersion,
    taxonomyHash: asked.taxonomyHash,
    truncated: unreadCharacters > 0,
    unreadCharacters,
  };
}

/** A question's name has no "=", so the first one ends it. */
function storedAnswers(categories: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(categories).map(([name, answer]) => `${name}=${answer}`);
}

export function answersOf(stored: readonly string[]): Readonly<Record<string, string>> {
  const pairs = stored.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const);
  return Object.fromEntries(pairs);
}

function storedMessage(message: ChatMessage): StoredMessage {
  return {
    author: message.userId,
    role: roleOf(message),
    content: message.content,
    timestamp: new Date(message.timestampMs).toISOString(),
    ...(message.messageId === undefined ? {} : { id: message.messageId }),
    ...(message.isEdit === undefined ? {} : { edit: true }),
    ...(message.replaces === undefined
      ? {}
      : { editedAt: new Date(message.replaces.writtenMs).toISOString(), replacedKeys: message.replaces.keys }),
    ...(message.redacted === undefined ? {} : { redacted: message.redacted }),
    ...(message.attributes === undefined ? {} : { attributes: message.attributes }),
  };
}

/** A document's facts about all of its messages. */
type OfDocument = Pick<SessionDocument, "userId" | "sessionKey">;
/** A message as older versions stored it has neither author nor role: it is its user's. */
type HeldMessage = Omit<StoredMessage, "author" | "role"> & Partial<StoredMessage>;

/** The message as it was read, but for its arrival and position: `index` is its place in the document. */
export function chatMessageOf(stored: HeldMessage, { userId, sessionKey }: OfDocument, index: number): ChatMessage {
  const timestampMs = Date.parse(stored.timestamp);
  return {
    userId: stored.author ?? userId,
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(stored.role === undefined || stored.role === CUSTOMER ? {} : { role: stored.role }),
    content: stored.content,
    ...(stored.id === undefined ? {} : { messageId: stored.id }),
    timestampMs,
    arrivalMs: timestampMs,
    position: heldPosition(index),
    ...(stored.edit === undefined ? {} : { isEdit: stored.edit }),
    ...(stored.editedAt === undefined || stored.replacedKeys === undefined
      ? {}
      : { replaces: { keys: stored.replacedKeys, writtenMs: Date.parse(stored.editedAt) } }),
    ...(stored.redacted === undefined ? {} : { redacted: stored.redacted }),
    ...(stored.attributes === undefined ? {} : { attributes: stored.attributes }),
  };
}

/** By position, not by event time: a shard's records may be out of order in the chat. */
function shardRanges(messages: readonly ChatMessage[], held: readonly ShardRange[]): ShardRange[] {
  const ends = held.flatMap(({ shardId, first, last }) =>
    [first, last].map((sequenceNumber) => ({ shardId, sequenceNumber, subSequenceNumber: 0 })),
  );
  const ranges = new Map<string, { first: RecordPosition; last: RecordPosition }>();
  for (const position of [...messages.map((message) => message.position), ...ends]) {
    if (isHeld(position)) continue;
    const range = ranges.get(position.shardId);
    if (range === undefined) ranges.set(position.shardId, { first: position, last: position });
    else if (comparePositions(position, range.first) < 0) range.first = position;
    else if (comparePositions(position, range.last) > 0) range.last = position;
  }
  return [...ranges.entries()]
    .map(([shardId, { first, last }]) => ({ shardId, first: first.sequenceNumber, last: last.sequenceNumber }))
    .sort((a, b) => (a.shardId < b.shardId ? -1 : 1));
}
