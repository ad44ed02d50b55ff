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
      if (isPaused) return { ...feed, held: bounded(without(feed.held, item.key), item) };
      return { ...feed, items: bounded(without(feed.items, item.key), item) };
    }
  }
}

/** Shows what was held. */
export function released(feed: LiveFeed): LiveFeed {
  if (feed.held.length === 0) return feed;
  const known = new Set(feed.held.map(({ key }) => key));
  const items = [...feed.held, ...feed.items.filter(({ key }) => !known.has(key))];
  return { ...feed, held: [], items: items.slice(0, MAX_ITEMS) };
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

/** Puts the new item before the others; those beyond `MAX_ITEMS` become a count at the end. */
function bounded(items: readonly LiveItem[], item: LiveItem): readonly LiveItem[] {
  const all = [item, ...items];
  if (all.length <= MAX_ITEMS) return all;
  const kept = all.slice(0, MAX_ITEMS - 1);
  return [...kept, { kind: "more", key: "older", more: countOf(all.slice(MAX_ITEMS - 1)) }];
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
