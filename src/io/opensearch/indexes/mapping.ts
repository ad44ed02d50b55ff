/** Mappings and settings of the indexes. Pure. */
import type { IndexMeta } from "./index-meta";
import { alertIndexOf, type IndexSettings } from "../settings";

export interface IndexDefinition {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly mappings: {
    readonly properties: Readonly<Record<string, FieldMapping>>;
    readonly _meta: IndexMeta;
  } & Readonly<Record<string, unknown>>;
}

export interface FieldMapping {
  readonly type?: string;
  readonly dimension?: number;
  readonly properties?: Readonly<Record<string, FieldMapping>>;
  readonly [parameter: string]: unknown;
}

/**
 * The mark on all our indexes and templates, so that those of others are never overwritten. The version counts up when
 * a field changes, since `npm run index` must make such an index anew; a field that is only new is added in place.
 * 2: messages can be searched.
 */
export const OWNER = { application: "beam-chat-sessions", version: 2 } as const;

const KEYWORD: FieldMapping = { type: "keyword", ignore_above: 8_191 };
const UNSEARCHED_KEYWORD: FieldMapping = { type: "keyword", index: false, doc_values: false };
const COUNT: FieldMapping = { type: "integer" };
const DATE: FieldMapping = { type: "date", format: "strict_date_optional_time" };
const TEXT: FieldMapping = { type: "text", analyzer: "any_language" };
/** A keyword without regard to case for filters, and analysed under `.text` for questions. */
const LABEL: FieldMapping = { ...KEYWORD, normalizer: "lowercase", fields: { text: TEXT } };
/** Stored, but not indexed. */
const KEPT: FieldMapping = { type: "object", enabled: false };
/** Each message is a document of Lucene's own beside its session, so that words are sought within one message. */
const MESSAGES: FieldMapping = {
  type: "nested",
  dynamic: false,
  properties: { content: TEXT, timestamp: DATE, id: KEYWORD, author: KEYWORD, role: KEYWORD },
};

/** An index, or an alias of one, that the job writes to. */
export interface Target {
  readonly index: string;
  readonly definition: IndexDefinition;
}

/** All that the job writes to. `icu` tells that the cluster has the analysis-icu plugin. */
export function targets(settings: IndexSettings, icu: boolean): readonly Target[] {
  return [
    { index: settings.index, definition: documentIndex(settings, icu) },
    { index: settings.deadLetterIndex, definition: deadLetterIndex(settings) },
    { index: settings.ledgerIndex, definition: ledgerIndex(settings) },
    { index: alertIndexOf(settings.index), definition: alertIndex(settings) },
  ];
}

/** The `_meta` of the session documents' index: whose it is, and whose vectors it holds. */
function documentMeta({ embeddingModel: model, dimension }: IndexSettings): IndexMeta {
  return { ...OWNER, ...(model === undefined ? {} : { embedding: { model, dimension } }) };
}

/** Index of the session documents. `icu` tells that the cluster has the analysis-icu plugin. */
export function documentIndex(settings: IndexSettings, icu: boolean): IndexDefinition {
  return {
    settings: { ...commonSettings(settings), "index.knn": true, analysis: anyLanguage(icu) },
    mappings: {
      _meta: documentMeta(settings),
      dynamic: false,
      properties: {
        userId: KEYWORD,
        sessionKey: KEYWORD,
        participants: { properties: { id: KEYWORD, role: KEYWORD, messageCount: COUNT } },
        roles: KEYWORD,
        messageCountByRole: { properties: { customer: COUNT, agent: COUNT, bot: COUNT, other: COUNT } },
        firstResponseMs: { type: "long" },
        durationMs: { type: "long" },
        characters: { type: "long" },
        ...attributeFields(settings),
        start: DATE,
        end: DATE,
        part: { type: "integer" },
        partCount: { type: "integer" },
        early: { type: "boolean" },
        pane: { type: "integer" },
        messageCount: { type: "integer" },
        messages: MESSAGES,
        keys: UNSEARCHED_KEYWORD,
        contentHash: UNSEARCHED_KEYWORD,
        summary: TEXT,
        language: KEYWORD,
        intent: LABEL,
        topics: LABEL,
        sentiment: KEYWORD,
        sensitive: { type: "boolean" },
        sensitiveKinds: KEYWORD,
        // Pairs in one field: a field for each question would grow the mapping with every taxonomy.
        categories: KEYWORD,
        alerts: KEYWORD,
        summaryModel: KEYWORD,
        promptVersion: { type: "integer" },
        taxonomyHash: KEYWORD,
        truncated: { type: "boolean" },
        unreadCharacters: { type: "long" },
        embeddingTruncated: { type: "boolean" },
        embeddingModel: KEYWORD,
        stream: KEYWORD,
        positions: { properties: { shardId: KEYWORD, first: UNSEARCHED_KEYWORD, last: UNSEARCHED_KEYWORD } },
        indexedAt: DATE,
        embedding: {
          type: "knn_vector",
          dimension: settings.dimension,
          method: {
            name: "hnsw",
            engine: settings.engine,
            space_type: "cosinesimil",
            parameters: { m: settings.hnswM, ef_construction: settings.hnswEfConstruction },
          },
        },
      },
    },
  };
}

/** A field for each named attribute; an index of ours gets those that are new. */
function attributeFields({ attributes = [] }: IndexSettings): Record<string, FieldMapping> {
  if (attributes.length === 0) return {};
  return { attributes: { properties: Object.fromEntries(attributes.map((name) => [name, KEYWORD])) } };
}

/** Index of the dead letters. A payload too large for one document goes on in documents with `chunkOf`. */
export function deadLetterIndex(settings: IndexSettings): IndexDefinition {
  return {
    settings: commonSettings(settings),
    mappings: {
      _meta: OWNER,
      dynamic: false,
      properties: {
        id: KEYWORD,
        code: KEYWORD,
        stage: KEYWORD,
        reason: { type: "text" },
        kind: KEYWORD,
        payload: { type: "binary" },
        payloadBytes: { type: "long" },
        chunkCount: { type: "integer" },
        chunkOf: KEYWORD,
        messageCount: { type: "integer" },
        position: {
          properties: { shardId: KEYWORD, sequenceNumber: KEYWORD, subSequenceNumber: { type: "integer" } },
        },
        time: DATE,
        writtenAt: DATE,
        sessionKeyHash: KEYWORD,
        userHashes: KEYWORD,
        attempts: { type: "integer" },
        truncated: { type: "boolean" },
        sealedFor: KEYWORD,
        isDropped: { type: "boolean" },
      },
    },
  };
}

/**
 * Index of the ledgers: small documents that are read by their ids and never searched. They are the job's own for any
 * index of documents, and stay when that is made anew, so they tell the key of its pseudonyms.
 */
export function ledgerIndex(settings: IndexSettings): IndexDefinition {
  const { keyCheck } = settings;
  return {
    settings: commonSettings(settings),
    mappings: {
      _meta: { ...OWNER, ...(keyCheck === undefined ? {} : { keyCheck }) },
      dynamic: "strict",
      properties: { userId: UNSEARCHED_KEYWORD, entries: KEPT, unlistedUntil: DATE, erasedBefore: DATE },
    },
  };
}

/** The log of alerts. Without chat text; people are found by the hash of their key. */
function alertIndex(settings: IndexSettings): IndexDefinition {
  return {
    settings: commonSettings(settings),
    mappings: {
      _meta: OWNER,
      dynamic: false,
      properties: {
        id: KEYWORD,
        type: KEYWORD,
        source: KEYWORD,
        time: DATE,
        kind: KEYWORD,
        severity: KEYWORD,
        rule: KEYWORD,
        lane: KEYWORD,
        userHash: KEYWORD,
        sessionKeyHash: KEYWORD,
        documentId: KEYWORD,
        start: DATE,
        end: DATE,
        messageCount: COUNT,
        language: KEYWORD,
        intent: KEYWORD,
        attributes: KEPT,
        link: UNSEARCHED_KEYWORD,
        writtenAt: DATE,
      },
    },
  };
}

function commonSettings(settings: IndexSettings): Record<string, unknown> {
  return {
    "index.number_of_shards": settings.shards,
    // Adds a copy as soon as there is a second node; on a single one a copy could never be placed.
    ...(settings.replicas === undefined
      ? { "index.auto_expand_replicas": "0-1" }
      : { "index.number_of_replicas": settings.replicas }),
    "index.refresh_interval": `${settings.refreshIntervalMs}ms`,
  };
}

/**
 * Analysis for text in any script: ICU's dictionaries where the cluster has them, else Unicode's word boundaries, with
 * pairs of CJK characters as words. Models write intents like "refund_request", hence the underscores.
 */
function anyLanguage(icu: boolean): Record<string, unknown> {
  const analyzer = icu
    ? { tokenizer: "icu_tokenizer", filter: ["icu_folding"] }
    : { tokenizer: "standard", filter: ["cjk_width", "lowercase", "cjk_pairs", "asciifolding"] };
  return {
    char_filter: { underscores: { type: "mapping", mappings: ["_ => \\u0020"] } },
    filter: { cjk_pairs: { type: "cjk_bigram", output_unigrams: true } },
    analyzer: { any_language: { type: "custom", char_filter: ["underscores"], ...analyzer } },
  };
}
