/** An index of sessions and a log of alerts in memory, which answer Live's searches as OpenSearch does. */
import type {
  OpenSearchAnswer,
  OpenSearchClient,
  OpenSearchRequest,
} from "../../../../src/io/opensearch/requests/client";

interface Stored {
  readonly id: string;
  readonly atMs: number;
}

interface Search {
  readonly size: number;
  readonly query: {
    readonly range?: Readonly<Record<string, { readonly gte?: string; readonly lt?: string }>>;
    readonly ids?: { readonly values: readonly string[] };
  };
}

export class FakeIndex implements OpenSearchClient {
  sessions: readonly Stored[] = [];
  alerts: readonly Stored[] = [];
  /** True while it accepts requests and answers none. */
  hangs = false;

  async request({ path, lines }: OpenSearchRequest): Promise<OpenSearchAnswer> {
    if (this.hangs) return new Promise(() => undefined);
    const isAlerts = path.startsWith("/sessions-alerts/");
    const searches = lines!.toString().trimEnd().split("\n");
    const responses = searches.flatMap((line, place) => {
      if (place % 2 === 0) return [];
      const { size, query } = JSON.parse(line) as Search;
      const found = (isAlerts ? this.alerts : this.sessions)
        .filter(({ id, atMs }) => matches(query, id, atMs))
        .toSorted((a, b) => b.atMs - a.atMs);
      const hits = found.slice(0, size).map(isAlerts ? alertHit : sessionHit);
      return [{ status: 200, hits: { hits, total: { value: found.length, relation: "eq" } } }];
    });
    return { status: 200, body: { responses } };
  }

  async close(): Promise<void> {}
}

/** Some that are written one millisecond after the other. */
export function written(from: number, count: number, startMs = 0): readonly Stored[] {
  return Array.from({ length: count }, (_, place) => ({ id: `d${from + place}`, atMs: startMs + from + place }));
}

function matches({ range, ids }: Search["query"], id: string, atMs: number): boolean {
  if (ids !== undefined) return ids.values.includes(id);
  const { gte, lt } = Object.values(range!)[0]!;
  return (gte === undefined || atMs >= Date.parse(gte)) && (lt === undefined || atMs < Date.parse(lt));
}

function sessionHit({ id, atMs }: Stored): object {
  const time = new Date(atMs).toISOString();
  const labels = { language: "en", intent: "refund", topics: [], sentiment: "neutral", sensitive: false };
  const others = { sensitiveKinds: [], categories: [], roles: [], attributes: {}, truncated: false, summary: "s" };
  const times = { start: time, end: time, indexedAt: time };
  const place = { userId: "u", part: 1, partCount: 1, messageCount: 2, summaryModel: "m" };
  return { _id: id, _source: { ...times, ...place, ...labels, ...others } };
}

function alertHit({ id, atMs }: Stored): object {
  const time = new Date(atMs).toISOString();
  const facts = { kind: "threat", severity: "high", rule: "r", lane: "message", messageCount: 1 };
  return { _id: id, _source: { id, ...facts, start: time, end: time, writtenAt: time } };
}
