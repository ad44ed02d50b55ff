/** The state of the view Live in its address, and the addresses that it leads to. Pure. */
import type { LiveAlert } from "../../live/contract";

export const SHOWN = ["all", "sessions", "alerts"] as const;
export type Shown = (typeof SHOWN)[number];

export interface Watching {
  readonly show: Shown;
  /** True while one has paused what comes in. */
  readonly paused: boolean;
}

export function watchingOf(search: string): Watching {
  const given = new URLSearchParams(search);
  return { show: SHOWN.find((show) => show === given.get("show")) ?? "all", paused: given.get("paused") === "yes" };
}

/** The view's address, without defaults. */
export function addressOf({ show, paused }: Watching): string {
  const query = new URLSearchParams({ ...(show === "all" ? {} : { show }), ...(paused ? { paused: "yes" } : {}) });
  return query.size === 0 ? "/live" : `/live?${query.toString()}`;
}

/**
 * A message's session has no document before it ends, so the alert leads to the sessions of its time; to all where
 * its times cannot be read.
 */
export function sessionsAt({ start, end }: Pick<LiveAlert, "start" | "end">): string {
  const toMs = Date.parse(end) + 1;
  if (Number.isNaN(toMs) || Number.isNaN(Date.parse(start))) return "/";
  return `/?${new URLSearchParams({ from: start, to: new Date(toMs).toISOString() }).toString()}`;
}
