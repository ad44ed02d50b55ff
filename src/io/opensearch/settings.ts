import type { Batching } from "../../beam";

/** Variable with the password of basic authentication, which is read where a client is made and travels nowhere. */
export const PASSWORD_VARIABLE = "CHAT_SESSIONS_PASSWORD";

/** Address and credentials of a cluster. Plain data without secrets: it travels with the pipeline. */
export interface OpenSearchConnection {
  /** An http or https URL. */
  readonly endpoint: string;
  readonly auth: OpenSearchAuth;
  /** A request without an answer for this long counts as failed, and is tried again. */
  readonly requestTimeoutMs: number;
  /** Distance of this machine's clock from the cluster's that a running job is silent about; missing: any. */
  readonly allowedDisorderMs?: number;
}

export type OpenSearchAuth =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: string }
  /** AWS Signature Version 4 for the managed service (`es`), credentials from the SDK's default chain. */
  | { readonly kind: "sigv4"; readonly region: string };

/** Form of a new index; an existing one keeps its own. */
export interface IndexSettings {
  readonly index: string;
  readonly deadLetterIndex: string;
  /** Index of the ledgers, which list the documents of each session key. */
  readonly ledgerIndex: string;
  /** Names of the sessions' attributes. */
  readonly attributes?: readonly string[];
  /** Length of the vectors. */
  readonly dimension: number;
  /** Id of the model that makes the vectors, for the index to tell; missing: it does not tell. */
  readonly embeddingModel?: string;
  /** Check value of the key of pseudonyms, for the ledgers to tell; missing: they do not tell. */
  readonly keyCheck?: string;
  /** Lucene is the only engine that the embedded OpenSearch has. */
  readonly engine: "lucene" | "faiss";
  /** Links per node of the HNSW graph, 2 to 100: more cost memory and find better. */
  readonly hnswM: number;
  /** Candidates compared when a vector is linked, up to 1,000: more cost time and find better. */
  readonly hnswEfConstruction: number;
  /** Time until a written document can be found. */
  readonly refreshIntervalMs: number;
  readonly shards: number;
  /** Copies of each shard; missing means one as soon as there is a second node. */
  readonly replicas?: number;
}

export interface BulkSettings {
  readonly maxDocuments: number;
  /** OpenSearch's advice is 3 to 5 MiB; larger requests only cost memory. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Bulk requests under way at once in a process. */
  readonly maxConcurrentRequests: number;
  /** Time after which a request that keeps failing is given up, which fails the bundle; missing: tries for ever. */
  readonly maxRetryDurationMs?: number;
  /** A document that OpenSearch fails on for this long, while it takes others, is refused. */
  readonly maxFailingMs: number;
  /** A single document larger than this is refused here. */
  readonly maxDocumentBytes: number;
}

/** Room for what comes together: a document of a quiet stream hardly waits. */
const MAX_IDLE_AGE_MS = 20;

/** Limits of a bulk request, which is sent as soon as one of them is reached. */
export function batchingOf({ maxDocuments, maxBytes, maxAgeMs }: BulkSettings): Batching {
  return { maxCount: maxDocuments, maxBytes, maxAgeMs, maxIdleAgeMs: MAX_IDLE_AGE_MS };
}

export interface OpenSearchSettings extends IndexSettings {
  readonly connection: OpenSearchConnection;
  readonly bulk: BulkSettings;
  /** Messages of before so long ago are not kept; missing: all are. */
  readonly retentionMs?: number;
  /** True when the first write must prepare the indexes, because OpenSearch did not answer when the job was made. */
  readonly isUnprepared?: boolean;
  /** True to keep the messages themselves in the documents. */
  readonly storeMessages: boolean;
  /** Name of the stream, for the documents. */
  readonly stream: string;
  /** Policy for the content of dead letters; missing: it is kept as it is. */
  readonly letters?: LetterPolicy;
}

/** `publicKey` is in PEM. */
export type LetterPolicy = { readonly kind: "sealed"; readonly publicKey: string } | { readonly kind: "drop" };

type Needed = Pick<OpenSearchSettings, "index" | "dimension" | "stream"> & {
  readonly connection: Pick<OpenSearchConnection, "endpoint"> & Partial<OpenSearchConnection>;
};
type Given = Needed &
  Partial<Omit<OpenSearchSettings, keyof Needed | "bulk">> & { readonly bulk?: Partial<BulkSettings> };

export const DEFAULT_INDEX = {
  engine: "lucene",
  hnswM: 16,
  hnswEfConstruction: 128,
  refreshIntervalMs: 250,
  shards: 1,
  storeMessages: true,
} as const;

export const DEFAULT_BULK = {
  maxDocuments: 500,
  maxBytes: 4_194_304,
  maxAgeMs: 200,
  maxConcurrentRequests: 4,
  maxFailingMs: 10_000,
  /** The smallest limit for a request among the managed service's instance types. */
  maxDocumentBytes: 10_485_760,
} as const satisfies BulkSettings;

/** The index of dead letters when none is given. */
export function deadLetterIndexOf(index: string): string {
  return `${index}-dead-letters`;
}

/** The index of the ledgers, which belongs to an index of documents. */
export function ledgerIndexOf(index: string): string {
  return `${index}-ledger`;
}

/** The log of alerts, which belongs to an index of documents. */
export function alertIndexOf(index: string): string {
  return `${index}-alerts`;
}

/** Fills the defaults. */
export function openSearchSettings(given: Given): OpenSearchSettings {
  return {
    deadLetterIndex: deadLetterIndexOf(given.index),
    ledgerIndex: ledgerIndexOf(given.index),
    ...DEFAULT_INDEX,
    ...given,
    connection: { auth: { kind: "none" }, requestTimeoutMs: 60_000, ...given.connection },
    bulk: { ...DEFAULT_BULK, ...given.bulk },
  };
}
