/** Sessions and alerts that came lately, and those that wait while one reads. Pure. */
import type { LiveAlert, LiveEvent, LiveFigures, LiveMore, LiveSession, LiveState } from "../../live/contract";
import { joinFigures } from "../../live/joined-figures";

export type LiveItem =
  | { readonly kind: "session"; readonly key: string; readonly session: LiveSession }
  | { readonly kind: "alert"; readonly key: string; readonly alert: LiveAlert }
  | { readonly kind: "more"; readonly key: string; readonly more: LiveMore };

export interface LiveFeed {
  /** The newest first. */
  readonly items: readonly LiveItem[];
  /** Items that came while one read, the newest first. */
  readonly held: readonly LiveItem[];
  readonly figures: LiveFigures | undefined;
  readonly refusal: LiveState["refusal"];
  /** True once the server has told how it is. */
  readonly isKnown: boolean;
}

export const NOTHING: LiveFeed = { items: [], held: [], figures: undefined, refusal: null, isKnown: false };
/** Others are counted: a browser that is open all day shows no more. */
export const MAX_ITEMS = 100;
/** The key of the count at the end. */
const OLDER = "older";

export function afterEvents(feed: LiveFeed, events: readonly LiveEvent[], isPaused: boolean): LiveFeed {
  return events.reduce((before, event) => afterEvent(before, event, isPaused), feed);
}

function afterEvent(feed: LiveFeed, event: LiveEvent, isPaused: boolean): LiveFeed {
  switch (event.event) {
    case "figures":
      return { ...feed, figures: joinFigures(feed.figures, event.data) };
    case "state":
      return { ...feed, refusal: event.data.refusal, isKnown: true };
    case "session":
    case "alert":
    case "more": {
      const item = itemOf(event);
      if (isPaused) return { ...feed, held: cut([item, ...without(feed.held, item.key)]) };
      return { ...feed, items: cut([item, ...without(feed.items, item.key)]) };
    }
  }
}

/** Shows what was held. */
export function released(feed: LiveFeed): LiveFeed {
  if (feed.held.length === 0) return feed;
  const known = new Set(feed.held.map(({ key }) => key));
  const before = feed.items.filter(({ key }) => key === OLDER || !known.has(key));
  return { ...feed, held: [], items: cut([...feed.held, ...before]) };
}

/** How many sessions and alerts wait. */
export function countHeld({ held }: LiveFeed): LiveMore {
  return countOf(held);
}

function countOf(items: readonly LiveItem[]): LiveMore {
  let [sessions, alerts] = [0, 0];
  for (const item of items) {
    sessions += item.kind === "session" ? 1 : item.kind === "more" ? item.more.sessions : 0;
    alerts += item.kind === "alert" ? 1 : item.kind === "more" ? item.more.alerts : 0;
  }
  return { sessions, alerts };
}

/** Those beyond `MAX_ITEMS` become a count at the end, which adds up what was counted so before. */
function cut(items: readonly LiveItem[]): readonly LiveItem[] {
  const shown = items.filter(({ key }) => key !== OLDER);
  const older = items.filter(({ key }) => key === OLDER);
  if (older.length === 0 && shown.length <= MAX_ITEMS) return shown;
  const more = countOf([...shown.slice(MAX_ITEMS - 1), ...older]);
  return [...shown.slice(0, MAX_ITEMS - 1), { kind: "more", key: OLDER, more }];
}

/** A session that was amended comes anew. */
function without(items: readonly LiveItem[], key: string): readonly LiveItem[] {
  return items.filter((each) => each.key !== key);
}

function itemOf(event: Extract<LiveEvent, { id: string }>): LiveItem {
  switch (event.event) {
    case "session":
      return { kind: "session", key: `session ${event.data.id}`, session: event.data };
    case "alert":
      return { kind: "alert", key: `alert ${event.data.id}`, alert: event.data };
    case "more":
      return { kind: "more", key: `more ${event.id}`, more: event.data };
  }
}
