/**
 * Plans how a document comes into an index of other vectors: with its summary, or with a new one where it is behind.
 * Pure.
 */
import type { AskedVersions, EmbeddedPart, SessionPart, SummarisedPart } from "../../model";
import type { DocumentVersion, PlannedDocument, PlannedSession } from "../../plan";
import { contentHash } from "./content-hash";
import { answersOf, type SessionDocument, summaryFields } from "./document";
import type { HeldDocument } from "./held-document";
import { partOf } from "./plan-renewal";
import { summaryRules } from "../summaries/summary-rule";

/**
 * `anew`: with a new summary where it is behind. `kept`: with the summary that it has, since a model refused a new one.
 * `bare`: without a vector, since a model refused to make one; words still find it.
 */
export const COPY_WAYS = ["anew", "kept", "bare"] as const;
export type CopyWay = (typeof COPY_WAYS)[number];

export interface CopySettings {
  /** Versions to which answers are compared: others are behind. */
  readonly versions: AskedVersions;
  /** As in `PlanSettings`, with the new embedding model. */
  readonly answering: string;
}

type Answers = Partial<AskedVersions>;
type Content = SessionPart | SummarisedPart | EmbeddedPart;

export function isCurrent({ summaryModel, promptVersion, taxonomyHash }: Answers, versions: AskedVersions): boolean {
  return (
    summaryModel === versions.summaryModel &&
    promptVersion === versions.promptVersion &&
    taxonomyHash === versions.taxonomyHash
  );
}

/** A plan of one document, which replaces its present writing; `document` was read whole, but for its vector. */
export function planCopy(
  document: HeldDocument,
  { versions, answering }: CopySettings,
  way: CopyWay,
): PlannedSession<Content> {
  const { id, version, source } = document;
  const sessionKey = source.sessionKey ?? source.userId ?? "";
  const whole = partOf(document, sessionKey);
  const part = whole ?? emptyPart(document, sessionKey);
  const isBehind = !isCurrent(source, versions);
  const isAsked = way === "anew" && isBehind && whole !== undefined;
  const { pane, early, contentHash: heldHash = "" } = source;
  const planned: PlannedDocument<Content> = {
    ...{ id, replaces: version, isSmaller: false, heldPositions: [] },
    content: isAsked ? part : withAnswers(part, document, way),
    // Answers that are behind must not be taken for those to the present question.
    contentHash: whole !== undefined && (isAsked || !isBehind) ? contentHash(whole, answering) : heldHash,
  };
  return {
    session: { sessionKey, messages: part.messages, pane, early },
    fresh: [],
    seen: { ledger: { entries: [] }, documents: {} },
    covered: [],
    documents: [planned],
    letters: [],
  };
}

/** The part of a document that keeps no messages. */
function emptyPart({ source }: HeldDocument, sessionKey: string): SessionPart {
  const { start, end, part, partCount, pane, early } = source;
  const span = { startMs: Date.parse(start), endMs: Date.parse(end) };
  return { sessionKey, ...span, part, partCount, pane, early, messages: [] };
}

/** Adds the document's answers to the part. Fields that an older version did not store are read by nobody here. */
function withAnswers(part: SessionPart, { source }: HeldDocument, way: CopyWay): SummarisedPart | EmbeddedPart {
  const { summary = "", language = "", intent = "", topics = [], sentiment = "neutral", categories } = source;
  const { sensitive = false, sensitiveKinds = [], unreadCharacters = 0 } = source;
  const { summaryModel = "", promptVersion = 0, taxonomyHash = "" } = source;
  const summarised: SummarisedPart = {
    part,
    summary: {
      ...{ summary, language, intent, topics, sentiment, sensitive, sensitiveKinds },
      ...(categories === undefined ? {} : { categories: answersOf(categories) }),
    },
    ...{ summaryModel, promptVersion, taxonomyHash, unreadCharacters },
  };
  if (way !== "bare") return summarised;
  return { ...summarised, embedding: [], embeddingModel: "", embeddingTruncated: false };
}

const OF_VECTOR = ["embedding", "embeddingModel", "embeddingTruncated"] as const;
type OfVector = (typeof OF_VECTOR)[number];

/** The document in the other index: all that it had, but for what models have answered anew. */
export function copiedSource(
  source: SessionDocument,
  { content, contentHash: hash }: PlannedDocument<EmbeddedPart>,
  versions: AskedVersions,
  nowMs: number,
): Omit<SessionDocument, OfVector> & Partial<Pick<SessionDocument, OfVector>> {
  const isAnew = isCurrent(content, versions) && !isCurrent(source, versions);
  const left: readonly string[] = isAnew ? [...OF_VECTOR, "categories", "alerts"] : OF_VECTOR;
  const kept = Object.entries(source).filter(([name]) => !left.includes(name));
  const { embedding, embeddingModel, embeddingTruncated } = content;
  return {
    ...(Object.fromEntries(kept) as Omit<SessionDocument, OfVector>),
    ...(hash === "" ? {} : { contentHash: hash }),
    ...(isAnew ? fieldsAnew(source, content, nowMs) : {}),
    ...(embedding.length === 0 ? {} : { embeddingModel, embeddingTruncated, embedding }),
  };
}

/** The alerts of the messages stay; those of the former summary go with it. */
function fieldsAnew(source: SessionDocument, content: EmbeddedPart, nowMs: number): Partial<SessionDocument> {
  const former = summaryRules(source);
  const ofMessages = (source.alerts ?? []).filter((rule) => !former.includes(rule));
  const alerts = [...new Set([...ofMessages, ...summaryRules(content.summary)])].sort();
  return {
    ...summaryFields(content),
    ...(alerts.length === 0 ? {} : { alerts }),
    indexedAt: new Date(nowMs).toISOString(),
  };
}

export function isSameWriting(a: DocumentVersion, b: DocumentVersion): boolean {
  return a.seqNo === b.seqNo && a.primaryTerm === b.primaryTerm;
}
