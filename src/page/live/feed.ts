/** New sessions and alerts, found by asking the indexes again and again: once for all who listen. */
import {
  arrivedAlerts,
  arrivedSessions,
  type Arrived,
  type ArrivedSession,
  loggedAlerts,
  writingsOf,
} from "../../io/opensearch/searching/arrivals";
import type { AlertDocument } from "../../io/opensearch/alerts/alert-document";
import type { OpenSearchClient } from "../../io/opensearch/requests/client";
import { outline } from "../backend";
import type { LiveAlert, LiveEvent, LiveMore, LiveSession } from "./contract";

/** Sessions, and alerts, that one poll looks at: nobody reads more in two seconds. */
const LOOKED_AT = 50;
/** Keys that are remembered, those that were seen last: those of twenty full polls. */
const MAX_KNOWN = 1_000;
/** Polls within which a total that falls may come back, as copies of a shard show a document at different moments. */
const TOTALS = 3;

export type FeedEvent = Extract<LiveEvent, { id: string }>;
export type Unnumbered = FeedEvent extends infer Each ? (Each extends FeedEvent ? Omit<Each, "id"> : never) : never;

interface FeedIndexes {
  readonly index: string;
  readonly alertIndex: string;
}

export class Feed {
  private readonly sessions: Seen<ArrivedSession>;
  private readonly alerts: Seen<AlertDocument>;

  constructor(
    private readonly client: OpenSearchClient,
    private readonly indexes: FeedIndexes,
    private readonly startMs: number,
  ) {
    this.sessions = new Seen(
      ({ id, document }) => `${id} ${document.indexedAt}`,
      ({ document }) => document.indexedAt,
    );
    this.alerts = new Seen(
      ({ id }) => id,
      ({ writtenAt }) => writtenAt,
    );
  }

  /** Resolves with what is new, the oldest first. Rejects with a `JobError`; the next call finds it then. */
  async poll(): Promise<readonly Unnumbered[]> {
    const { client, indexes, startMs } = this;
    const [sessions, alerts] = await Promise.all([
      arrivedSessions(client, indexes.index, startMs, LOOKED_AT),
      arrivedAlerts(client, indexes.alertIndex, startMs, LOOKED_AT),
    ]);
    const newSessions = this.sessions.take(sessions);
    const newAlerts = this.alerts.take(alerts);
    const more: LiveMore = { sessions: newSessions.more, alerts: newAlerts.more };
    const all = [
      ...newSessions.fresh.map((found) => ({
        at: found.document.indexedAt,
        event: { event: "session" as const, data: sessionOf(found) },
      })),
      ...newAlerts.fresh.map((found) => ({
        at: found.writtenAt,
        event: { event: "alert" as const, data: alertOf(found) },
      })),
    ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return [
      ...(more.sessions + more.alerts > 0 ? [{ event: "more" as const, data: more }] : []),
      ...all.map(({ event }) => event),
    ];
  }

  /** Leaves out events about documents that were erased since, or written anew. Rejects as `poll`. */
  async still(events: readonly FeedEvent[]): Promise<readonly FeedEvent[]> {
    const { client, indexes } = this;
    const sessionIds = events.flatMap(({ event, data }) => (event === "session" ? [data.id] : []));
    const alertIds = events.flatMap(({ event, data }) => (event === "alert" ? [data.id] : []));
    const [sessions, alerts] = await Promise.all([
      sessionIds.length === 0 ? undefined : writingsOf(client, indexes.index, sessionIds),
      alertIds.length === 0 ? undefined : loggedAlerts(client, indexes.alertIndex, alertIds),
    ]);
    return events.filter(({ event, data }) => {
      if (event === "session") return sessions?.get(data.id) === data.indexedAt;
      return event === "more" || alerts?.has(data.id) === true;
    });
  }
}

/**
 * Tells which of the newest were not there before, and how many others there must have been.
 *
 * 1. What is not known is no news by that alone: an old one comes into sight when newer ones are erased.
 * 2. Old ones are those up to the last one of a full list of which nothing was known, as others before it were left
 *    out, and up to the newest one that is remembered no more.
 * 3. What makes the total greater than in the last polls and is not told is counted: what was refreshed late, too. What
 *    comes right after an erasure may not be.
 */
class Seen<T> {
  /** Times of what was seen, by their keys, the last seen at the end. */
  private readonly known = new Map<string, string>();
  private totals: readonly number[] = [];
  /** Up to this time there may be others, which were not looked at. */
  private oldUntil = "";

  constructor(
    private readonly keyOf: (found: T) => string,
    private readonly timeOf: (found: T) => string,
  ) {}

  take({ total, newest }: Arrived<T>): { readonly fresh: readonly T[]; readonly more: number } {
    const unknown = newest.filter((found) => !this.known.has(this.keyOf(found)));
    // At the first time, what was there before is no news.
    const grown = this.totals.length === 0 ? 0 : total - Math.max(...this.totals);
    this.totals = [...this.totals, total].slice(-TOTALS);
    const fresh = unknown.filter((found) => this.timeOf(found) > this.oldUntil);
    if (unknown.length >= LOOKED_AT) this.passBy(this.timeOf(newest.at(-1)!));
    this.remember(newest);
    return { fresh, more: Math.max(0, grown - fresh.length) };
  }

  /** Forgets those that were not seen for the longest time. */
  private remember(newest: readonly T[]): void {
    for (const found of newest.toReversed()) {
      this.known.delete(this.keyOf(found));
      this.known.set(this.keyOf(found), this.timeOf(found));
    }
    for (const [key, time] of this.known) {
      if (this.known.size <= MAX_KNOWN) break;
      this.known.delete(key);
      this.passBy(time);
    }
  }

  private passBy(time: string): void {
    if (time > this.oldUntil) this.oldUntil = time;
  }
}

function sessionOf({ id, document }: ArrivedSession): LiveSession {
  return { ...outline({ id, document }, false), indexedAt: document.indexedAt };
}

function alertOf({
  id,
  kind,
  severity,
  rule,
  lane,
  documentId,
  start,
  end,
  messageCount,
  language,
  intent,
  writtenAt,
}: AlertDocument): LiveAlert {
  return {
    ...{ id, kind, severity, rule, lane, start, end, messageCount, writtenAt },
    ...(documentId === undefined ? {} : { documentId }),
    ...(language === undefined ? {} : { language }),
    ...(intent === undefined ? {} : { intent }),
  };
}
