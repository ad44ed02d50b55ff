/** The state of the view Live in its address. Pure. */

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
