/**
 * Requests and answers of the page's API. The schemas check requests and make the OpenAPI document; the page's own
 * program takes its types from here.
 */
import { z } from "zod";
import { FACET_NAMES } from "../io/opensearch/queries/filters";
import { SORTS } from "../io/opensearch/queries/query";
import { SEARCH_MODES } from "../io/opensearch/queries/search-mode";
import { MASK_KINDS } from "./mask";

const MAX_QUESTION_LENGTH = 2_000;
const MAX_VALUE_LENGTH = 512;
const MAX_VALUES = 30;

const VALUES = z.array(z.string().max(MAX_VALUE_LENGTH)).max(MAX_VALUES);
const TIME = z.iso.datetime({ offset: true });
const facets = Object.fromEntries(FACET_NAMES.map((name) => [name, VALUES.optional()])) as Record<
  (typeof FACET_NAMES)[number],
  z.ZodOptional<typeof VALUES>
>;

/** Which sessions are meant; several values of one name are alternatives. */
const SESSIONS = {
  q: z.string().max(MAX_QUESTION_LENGTH).default("").describe("The question; all sessions without one"),
  mode: z.enum(SEARCH_MODES).default("hybrid").describe("What is compared: words (keyword), meaning (semantic), both"),
  from: TIME.optional().describe("Sessions that ended at this time or later"),
  to: TIME.optional().describe("Sessions that began before this time"),
  user: z.string().max(MAX_VALUE_LENGTH).optional().describe("Sessions of this user"),
  ...facets,
  attribute: VALUES.optional().describe("Values of named attributes, as name=value"),
};

export const FACETS_REQUEST = z.strictObject(SESSIONS);

export const SEARCH_REQUEST = z.strictObject({
  ...SESSIONS,
  sort: z.enum(SORTS).default("relevance"),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(9_900).default(0),
});

const PIECE = z.union([
  z.object({ text: z.string(), match: z.literal(true).optional() }),
  z.object({ masked: z.enum(MASK_KINDS), match: z.literal(true).optional() }),
]);
export const PIECES = z.array(PIECE).describe("A text in pieces: some match the question, some are masked");

/** A session's document, or one part of it, without its messages. */
export const OUTLINE = z.object({
  id: z.string(),
  userId: z.string(),
  start: z.string(),
  end: z.string(),
  part: z.number(),
  partCount: z.number(),
  messageCount: z.number(),
  durationMs: z.number().optional(),
  firstResponseMs: z.number().optional(),
  language: z.string(),
  intent: z.string(),
  topics: z.array(z.string()),
  sentiment: z.string(),
  sensitive: z.boolean(),
  sensitiveKinds: z.array(z.string()),
  categories: z.array(z.string()),
  roles: z.array(z.string()),
  attributes: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  truncated: z.boolean(),
  summaryModel: z.string(),
  summary: PIECES,
});

export const SEARCH_ANSWER = z.object({
  hits: z.array(
    OUTLINE.extend({
      weak: z.boolean().describe("Few of the question's words, and no nearer than unrelated sessions"),
      excerpts: z.array(
        z.object({ index: z.number(), timestamp: z.string(), role: z.string().optional(), text: PIECES }),
      ),
    }),
  ),
  inMessages: z.boolean().describe("False when the index is of an older version, whose messages cannot be searched"),
});

const COUNTS = z.array(z.object({ value: z.string(), count: z.number() }));

export const FACETS_ANSWER = z.object({
  total: z.number(),
  isCut: z.boolean().describe("True when a ranking of a search by meaning has as many as it may have"),
  facets: z.record(z.enum(FACET_NAMES), COUNTS),
  attributes: z.record(z.string(), COUNTS),
  histogram: z.array(z.object({ start: z.string(), count: z.number() })),
});

export const SESSION_ANSWER = z.object({
  id: z.string(),
  revealed: z.boolean().describe("True when nothing is masked"),
  userId: z.string(),
  sessionKey: z.string().optional(),
  start: z.string(),
  end: z.string(),
  partCount: z.number(),
  parts: z.array(OUTLINE),
  messages: z.array(
    z.object({
      author: z.string(),
      role: z.string(),
      timestamp: z.string(),
      edit: z.boolean(),
      text: PIECES,
    }),
  ),
  hasMessages: z.boolean().describe("False where the index does not keep messages"),
  alerts: z
    .array(z.object({ time: z.string(), kind: z.string(), severity: z.string(), rule: z.string(), lane: z.string() }))
    .optional()
    .describe("What was told of it, in order; missing where the log could not be read"),
  costs: z
    .object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      embeddingTokens: z.number(),
      usd: z.number().optional().describe("Missing where the price of a model is not known"),
      pricesOf: z.string().describe("Where and when prices were these"),
    })
    .optional()
    .describe("Estimated from above by its texts; missing where messages are not kept"),
  before: z.array(OUTLINE),
  after: z.array(OUTLINE),
  similar: z.array(
    OUTLINE.extend({
      alike: z.number().describe("Near sessions that say nearly the same as this one"),
    }),
  ),
});

export const STATUS_ANSWER = z.object({
  index: z.string(),
  lexical: z.boolean().describe("True when vectors come from the stand-in for Bedrock"),
});

export const REFUSAL = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type FacetsRequest = z.output<typeof FACETS_REQUEST>;
export type SearchRequest = z.output<typeof SEARCH_REQUEST>;
export type Pieces = z.output<typeof PIECES>;
export type Outline = z.output<typeof OUTLINE>;
export type SearchAnswer = z.output<typeof SEARCH_ANSWER>;
export type Hit = SearchAnswer["hits"][number];
export type FacetsAnswer = z.output<typeof FACETS_ANSWER>;
export type SessionAnswer = z.output<typeof SESSION_ANSWER>;
export type StatusAnswer = z.output<typeof STATUS_ANSWER>;
export type Refusal = z.output<typeof REFUSAL>;
