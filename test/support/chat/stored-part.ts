/** Documents of the index in the oracle's own fields. */
export interface StoredFacts {
  readonly participants: readonly { readonly id: string; readonly role: string; readonly messageCount: number }[];
  readonly roles: readonly string[];
  readonly messageCountByRole: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly characters: number;
  readonly firstResponseMs?: number | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

export interface StoredMessage {
  readonly author?: string;
  readonly role?: string;
  readonly content: string;
  readonly messageId?: string;
  readonly timestampMs: number;
}

/** A document of the index, in the oracle's own fields. */
export interface StoredPart {
  readonly id: string;
  readonly userId: string;
  readonly sessionKey?: string;
  /** Missing in parts that a test made up without them. */
  readonly facts?: StoredFacts;
  readonly startMs: number;
  readonly endMs: number;
  readonly part: number;
  readonly partCount: number;
  readonly messageCount: number;
  readonly messages: readonly StoredMessage[];
  readonly summary: string;
  readonly embeddingLength: number;
}
