/** The plan of a session in the index: the data between the stage that decides it and the one that writes. */
import type { ChatMessage, DeadLetter, Session } from "./model";

/** Identifies one writing of a document. */
export interface DocumentVersion {
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** A document of a user: its id, and the times of its first and last message. */
export interface LedgerEntry {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  /** When it was announced. */
  readonly addedMs: number;
  /** Names this announcement, and so tells whether another one came after it. */
  readonly announcement: string;
  /** Names the announcement that listed it, where others came after: it is the same entry until it is taken out. */
  readonly listing?: string;
  /** When several writers had announced that they would create the document: one of them may still be about to. */
  readonly contestedMs?: number;
}

/** The list of a user's documents. Without version: there is none yet. */
export interface Ledger {
  readonly version?: DocumentVersion;
  readonly entries: readonly LedgerEntry[];
  /** Documents that it has no room for end by then, if there are any. */
  readonly unlistedUntilMs?: number;
  /** Nothing that was sent before this time may be kept. */
  readonly erasedBeforeMs?: number;
}

/** Documents that a plan has seen; any other within its reach when it is carried out makes it void. */
export interface SeenIndex {
  readonly ledger: Ledger;
  /** Documents within reach by id: their versions; null for those that the ledger names and the index does not have. */
  readonly documents: Readonly<Record<string, DocumentVersion | null>>;
}

/** A document that is to be written. */
export interface PlannedDocument<P> {
  readonly id: string;
  /**
   * A session part on its way through the models; an embedded one from the beginning where the index knew the answers.
   */
  readonly content: P;
  /** Identifies what the models are asked: text, models, prompt and taxonomy. */
  readonly contentHash: string;
  /** The writing that this one replaces; undefined for a new document. */
  readonly replaces?: DocumentVersion;
  /** True when it holds less than what it replaces: then the plan's other documents hold the rest. */
  readonly isSmaller: boolean;
  /** Facts of the messages that were read back from the index. */
  readonly heldPositions: readonly ShardRange[];
  /** The stream that its messages came from, where that is not the job's. */
  readonly stream?: string;
}

/** First and last record of one shard in a document. */
export interface ShardRange {
  readonly shardId: string;
  readonly first: string;
  readonly last: string;
}

export interface PlannedSession<P> {
  /** As it came. */
  readonly session: Session;
  /** Messages that the index does not hold: they are counted in the end, and a dead letter holds them. */
  readonly fresh: readonly ChatMessage[];
  readonly seen: SeenIndex;
  readonly documents: readonly PlannedDocument<P>[];
  /** Documents to be deleted, because `documents` hold their messages. */
  readonly covered: readonly (DocumentVersion & { readonly id: string })[];
  /** Letters of parts that a stage gave up while the others go on. */
  readonly letters: readonly DeadLetter[];
}

/** True when the plan changes documents that are there: then it is carried out whole, or not at all. */
export function isAmendment({ documents, covered }: PlannedSession<unknown>): boolean {
  return covered.length > 0 || documents.some(({ replaces }) => replaces !== undefined);
}
