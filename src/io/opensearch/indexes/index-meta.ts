import type { IndexEmbedding } from "./index-embedding";

/** Facts that an index of the job's own tells of itself, as the `_meta` of its mapping. */
export interface IndexMeta {
  readonly application?: string;
  readonly version?: number;
  /** Told by the index of documents. */
  readonly embedding?: Partial<IndexEmbedding>;
  /** Told by the index of ledgers; distinguishes the key of the pseudonyms from others, and says nothing about it. */
  readonly keyCheck?: string;
}
