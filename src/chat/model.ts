/** The data that flow through the job, stage by stage. All times are milliseconds since the epoch. */
import type { DeadLetterCode } from "./errors";
import type { Stage } from "./stages";

/**
 * The place of a record: its shard and Kinesis's sequence number, a decimal string; or the name of its file and the
 * byte at which it begins. `subSequenceNumber` counts inside an aggregated record, and messages inside a record.
 */
export interface RecordPosition {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

/** One record as a source found it: a user record of the stream, de-aggregated, or a line or value of a file. */
export interface SourceRecord {
  readonly position: RecordPosition;
  readonly arrivalMs: number;
  readonly data: Uint8Array;
}

/** The role of whom the chat is about, and of everybody whose message names no role. */
export const CUSTOMER = "customer";

/** One chat message, checked. */
export interface ChatMessage {
  /** Who wrote it. */
  readonly userId: string;
  /** The key of its session, where that is not the user. */
  readonly sessionKey?: string;
  /** The author's role; missing for `CUSTOMER`. */
  readonly role?: string;
  readonly content: string;
  /** The original of a redacted content, where models may read what the index may not hold. */
  readonly modelContent?: string;
  /** Rules of what was redacted in the content, for alerts to tell of it. */
  readonly redacted?: readonly string[];
  /** The producer's own id, when it gave a usable one; it tells messages of one author apart (see `messageKey`). */
  readonly messageId?: string;
  /** True when the producer gave an id that cannot be one, such as an object. */
  readonly hasUnusableId?: true;
  readonly timestampMs: number;
  readonly arrivalMs: number;
  readonly position: RecordPosition;
  /** True for a text whose id another text had before. */
  readonly isEdit?: true;
  /** The texts that this one took the place of: their keys, the very first one first, and its own event time. */
  readonly replaces?: { readonly keys: readonly string[]; readonly writtenMs: number };
  /** Values of the named attributes that the record has. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The key of the message's session. */
export function sessionKeyOf({ sessionKey, userId }: ChatMessage): string {
  return sessionKey ?? userId;
}

/** Attributes of a session by name: one value, or all of them in order of their first message. */
export type SessionAttributes = Readonly<Record<string, string | readonly string[]>>;

/**
 * One pane of a session as it was grouped: messages in order of event time, without duplicates. A session has
 * several panes, or an `early` one, only when it exceeded its bounds while open. Its messages belong together, also
 * where only a duplicate, which is left out, stood between two of them.
 */
export interface Session {
  readonly sessionKey: string;
  readonly messages: readonly ChatMessage[];
  readonly pane: number;
  readonly early: boolean;
  /** When the runner closed it, by the clock of that machine; missing for one that is early or not from the source. */
  readonly closedMs?: number;
}

/**
 * A closed session, or one numbered part of it. Messages are in order of event time, then position; duplicates are
 * gone. `startMs` and `endMs` are the first message of the part, and its last message or edit.
 */
export interface SessionPart {
  readonly sessionKey: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 1-based. */
  readonly part: number;
  readonly partCount: number;
  /**
   * Index of the pane that this came from: above 0, or `early`, only when the session outgrew its bounds while open.
   */
  readonly pane: number;
  readonly early: boolean;
  readonly messages: readonly ChatMessage[];
  /** Attributes of the whole session, in each of its parts; missing without any. */
  readonly attributes?: SessionAttributes;
  /**
   * Time from the session's first message of a customer to the next one of somebody else; in the part with the former.
   */
  readonly firstResponseMs?: number;
}

export const SENTIMENTS = ["positive", "neutral", "negative", "mixed"] as const;
export type Sentiment = (typeof SENTIMENTS)[number];

/** The model's structured answer about one session part. */
export interface SessionSummary {
  readonly summary: string;
  /** BCP 47 tag of the language that the chat is in. */
  readonly language: string;
  /** A label of the taxonomy. */
  readonly intent: string;
  readonly topics: readonly string[];
  readonly sentiment: Sentiment;
  readonly sensitive: boolean;
  /** Kinds of the taxonomy; empty when `sensitive` is false. */
  readonly sensitiveKinds: readonly string[];
  /** Answers by the names of the taxonomy's questions; undefined where it has none. */
  readonly categories?: Readonly<Record<string, string>>;
}

/** The versions of a question, beside its text: another version may give another answer. */
export interface AskedVersions {
  readonly summaryModel: string;
  readonly promptVersion: number;
  readonly taxonomyHash: string;
}

export interface SummarisedPart extends AskedVersions {
  readonly part: SessionPart;
  readonly summary: SessionSummary;
  /** Characters of the part's messages that no model call read; 0 but for texts far beyond the model's limits. */
  readonly unreadCharacters: number;
}

export interface EmbeddedPart extends SummarisedPart {
  readonly embedding: readonly number[];
  readonly embeddingModel: string;
  /** True when the vector stands for the beginning of the text only. */
  readonly embeddingTruncated: boolean;
}

export const DEAD_LETTER_KINDS = ["record", "session", "alert"] as const;
/** Whose a dead letter is, by the hashes of keys (`keyHash`). */
export interface LetterSubject {
  /** Missing where only the author could be read. */
  readonly sessionKeyHash?: string;
  /** Hashes of the authors' user ids. */
  readonly userHashes: readonly string[];
  /** When a record's message was sent, at the latest; missing: when the record arrived. */
  readonly sentMs?: number;
}

/**
 * A record or session part that cannot be processed, or an alert that a receiver has not taken, with all that is needed
 * to try again. `payload` is the record's original bytes (`kind` "record"), or the session part or the alert with its
 * receiver as JSON.
 */
export interface DeadLetter {
  readonly code: DeadLetterCode;
  readonly stage: Stage;
  /** One sentence; never chat text. */
  readonly reason: string;
  readonly kind: (typeof DEAD_LETTER_KINDS)[number];
  readonly payload: Uint8Array;
  /** Messages that this stands for: 1 for a record, all of them for a session part, none for an alert. */
  readonly messageCount: number;
  /** The record's own position, or that of the session part's first message; an alert has none, and its id instead. */
  readonly position: RecordPosition;
  /** The record's arrival time, or the end of the session part or alert. */
  readonly timestampMs: number;
  /** True when the payload has only the record's beginning, or nothing of it, so that it must be read anew. */
  readonly isTruncated?: boolean;
  /** Missing where the record does not tell. */
  readonly subject?: LetterSubject;
}
