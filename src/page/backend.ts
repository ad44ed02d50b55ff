/** The answers of the page's API: the house's one search, and sessions with what is sensitive masked. */
import { setImmediate } from "node:timers/promises";
import { keyHash } from "../chat/steps/ids/key-hash";
import { listAlerts } from "../io/opensearch/alerts/alert-log";
import { attributeNamesOf, countFacets } from "../io/opensearch/searching/facets";
import { FACET_NAMES, type SearchFilters } from "../io/opensearch/queries/filters";
import { KeptAnswer } from "../io/opensearch/requests/kept-answer";
import type { OpenSearchClient } from "../io/opensearch/requests/client";
import type { DeadLetterStore } from "../io/opensearch/letters/dead-letter-store";
import { type Embed, searchSessions, type SearchQuestion } from "../io/opensearch/searching/search";
import { alertIndexOf } from "../io/opensearch/settings";
import { type Outlined, type Part, wholeSession } from "../io/opensearch/searching/whole-session";
import type { JobReadings } from "../telemetry/job-readings";
import type {
  FacetsAnswer,
  FacetsRequest,
  Outline,
  Pieces,
  SearchAnswer,
  SearchRequest,
  SessionAnswer,
} from "./contract";
import type { RedriveLetters } from "./letters/redriving";
import { apart } from "./alike";
import { costsOf } from "./costs";
import { masked, maskedExcerpt, maskedPieces } from "./mask";

export interface PageSources {
  readonly openSearch: OpenSearchClient;
  readonly index: string;
  /** Called again for each page of a question's hits, and for its facets. */
  readonly embed: Embed;
  /** True when the embedded Bedrock makes the vectors. */
  readonly lexical: boolean;
  readonly deadLetters: DeadLetterStore;
  /** Missing where the page was given no job's options. */
  readonly redrive?: RedriveLetters;
  /** Metrics of the job beside the page; undefined where the page is alone. */
  readonly job?: JobReadings;
}

/** Alerts of one session: a cool-down lets few of each kind through. */
const MAX_ALERTS = 100;
/** Sessions like one that are shown, and those that they are chosen from: many may say the same. */
const SIMILAR = 6;
const SIMILAR_CANDIDATES = 40;

export class Backend {
  /** Attributes are new at a job's start only. */
  private readonly names: KeptAnswer<readonly string[]>;

  constructor(
    readonly sources: Pick<PageSources, "openSearch" | "index" | "embed">,
    nowMs?: () => number,
  ) {
    this.names = new KeptAnswer(() => attributeNamesOf(sources.openSearch, sources.index), nowMs);
  }

  async search(request: SearchRequest): Promise<SearchAnswer> {
    const { openSearch, index, embed } = this.sources;
    const question = { ...questionOf(request), withContent: true };
    const { hits, inMessages } = await searchSessions(openSearch, index, question, embed);
    const shownHits: SearchAnswer["hits"] = [];
    for (const { id, weak, document, summary, messages } of hits) {
      // The job beside the page goes on between hits, since long messages take some milliseconds each.
      await setImmediate();
      shownHits.push({
        ...outline({ id, document }, false),
        summary: piecesOf(maskedPieces(summary)),
        weak,
        excerpts: messages.map(({ index: place, timestamp, role, excerpt, content = "" }) => ({
          index: place,
          timestamp,
          ...(role === undefined ? {} : { role }),
          text: piecesOf(maskedExcerpt(excerpt, content)),
        })),
      });
    }
    return { hits: shownHits, inMessages };
  }

  async facets(request: FacetsRequest): Promise<FacetsAnswer> {
    const { openSearch, index, embed } = this.sources;
    const question = questionOf({ ...request, sort: "relevance", limit: 1, offset: 0 });
    // Other facets can do without attributes.
    const names = (await this.names.get().catch(() => undefined)) ?? [];
    const found = await countFacets(openSearch, index, question, embed, names);
    const { total, isCut, facets, attributes, histogram } = found;
    return {
      total,
      isCut,
      facets: mutable(facets),
      attributes: mutable(attributes),
      histogram: histogram.map(({ startMs, count }) => ({ start: new Date(startMs).toISOString(), count })),
    };
  }

  /** Undefined when there is no such session. */
  async session(id: string, revealed: boolean): Promise<SessionAnswer | undefined> {
    const { openSearch, index } = this.sources;
    const found = await wholeSession(openSearch, index, id, SIMILAR_CANDIDATES);
    if (found === undefined) return undefined;
    const { parts, before, after, similar } = found;
    const first = parts[0]!.document;
    const last = parts.at(-1)!.document;
    const [alerts, costs] = [await this.alerts(parts), costsOf(parts)];
    const outlines = (sessions: readonly Outlined[]): Outline[] => sessions.map((each) => outline(each, false));
    return {
      id,
      revealed,
      userId: first.userId,
      ...(first.sessionKey === undefined ? {} : { sessionKey: first.sessionKey }),
      start: first.start,
      end: last.end,
      partCount: first.partCount,
      parts: parts.map((part) => outline(part, revealed)),
      hasMessages: parts.some(({ document }) => document.messages !== undefined),
      messages: parts.flatMap(({ document }) =>
        (document.messages ?? []).map(({ author, role, timestamp, edit, content }) => ({
          author,
          role,
          timestamp,
          edit: edit === true,
          text: shown(content, revealed),
        })),
      ),
      ...(alerts === undefined ? {} : { alerts }),
      ...(costs === undefined ? {} : { costs }),
      before: outlines(before),
      after: outlines(after),
      similar: apart(similar, SIMILAR).map(({ session, alike }) => ({ ...outline(session, false), alike })),
    };
  }

  /** Alerts of the session's messages and of its summary; undefined when they cannot be read, since the session can. */
  private async alerts(parts: readonly Part[]): Promise<SessionAnswer["alerts"]> {
    const { openSearch, index } = this.sources;
    const { userId, sessionKey = userId, start } = parts[0]!.document;
    const endMs = Date.parse(parts.at(-1)!.document.end);
    const filter = { keyHash: keyHash(sessionKey), fromMs: Date.parse(start), toMs: endMs + 1 };
    const found = await listAlerts(openSearch, alertIndexOf(index), filter, MAX_ALERTS).catch(() => undefined);
    return found?.alerts
      .map(({ time, kind, severity, rule, lane }) => ({ time, kind, severity, rule, lane }))
      .reverse();
  }
}

export function questionOf(request: SearchRequest): SearchQuestion {
  const { q, mode, sort, limit, offset, from, to, user, attribute = [] } = request;
  // Without a prototype, because names such as "constructor" come from the request.
  const attributes = Object.create(null) as Record<string, string[]>;
  for (const pair of attribute) {
    const [, name = pair, value = ""] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    (attributes[name] ??= []).push(value);
  }
  const facets = FACET_NAMES.flatMap((name) => {
    const values = request[name];
    return values === undefined ? [] : [[name, values] as const];
  });
  const filters: SearchFilters = {
    ...(Object.fromEntries(facets) as SearchFilters),
    ...(user === undefined ? {} : { userId: user }),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
    attributes,
  };
  return { ...filters, text: q, mode, sort, limit, offset };
}

/** A document as the page tells it. */
export function outline({ id, document }: Outlined, revealed: boolean): Outline {
  const { durationMs, firstResponseMs, attributes = {}, categories = [], roles = [] } = document;
  return {
    id,
    userId: document.userId,
    start: document.start,
    end: document.end,
    part: document.part,
    partCount: document.partCount,
    messageCount: document.messageCount,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(firstResponseMs === undefined ? {} : { firstResponseMs }),
    language: document.language,
    intent: document.intent,
    topics: [...document.topics],
    sentiment: document.sentiment,
    sensitive: document.sensitive,
    sensitiveKinds: [...(document.sensitiveKinds ?? [])],
    categories: [...categories],
    roles: [...roles],
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
    ),
    truncated: document.truncated,
    summaryModel: document.summaryModel,
    summary: shown(document.summary, revealed),
  };
}

function shown(text: string, revealed: boolean): Pieces {
  return revealed ? [{ text }] : piecesOf(masked(text));
}

function piecesOf(pieces: ReturnType<typeof maskedPieces>): Pieces {
  return pieces.map((piece) => ({ ...piece }));
}

function mutable<K extends string>(
  counts: Readonly<Record<K, readonly { readonly value: string; readonly count: number }[]>>,
): Record<K, { value: string; count: number }[]> {
  return Object.fromEntries(Object.entries(counts).map(([name, found]) => [name, found])) as Record<
    K,
    { value: string; count: number }[]
  >;
}
