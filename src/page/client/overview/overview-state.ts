/** The state of the overview in its address: the filters of Explore, without a question. Pure. */
import { type Exploration, explorationOf, facetsQueryOf, searchOf } from "../explore-state";

const DAY_MS = 86_400_000;

/** Days up to now that one click chooses; undefined for all time. */
export const SPANS = [undefined, 7, 28, 90] as const;

export function overviewStateOf(search: string): Exploration {
  return { ...explorationOf(search), q: "", mode: "hybrid", sort: "relevance", page: 1 };
}

/** The view's address. */
export function addressOf(state: Exploration): string {
  return `/overview${searchOf(state)}`;
}

/** Explore's address with the same filters, and what is chosen beside them. */
export function exploreAddressOf(state: Exploration, chosen: Partial<Exploration> = {}): string {
  return `/${searchOf({ ...state, ...chosen })}`;
}

/** Explore's address with one more value of a facet, which takes the place of others. */
export function exploreValueOf(state: Exploration, values: Partial<Exploration["chosen"]>): string {
  return exploreAddressOf(state, { chosen: { ...state.chosen, ...values } });
}

export function queryOf(state: Exploration, zone: string): string {
  const query = new URLSearchParams(facetsQueryOf(state));
  query.set("zone", zone);
  return query.toString();
}

/** The last days, from the beginning of a day of this machine's zone; all time without a number. */
export function spanned(state: Exploration, days: number | undefined, nowMs: number): Exploration {
  if (days === undefined) return { ...state, from: undefined, to: undefined };
  const from = new Date(nowMs - (days - 1) * DAY_MS);
  from.setHours(0, 0, 0, 0);
  return { ...state, from: from.toISOString(), to: undefined };
}

/** How a week compares with the one before: a share of it, undefined where there is nothing to compare. */
export function changeOf(byWeek: readonly number[]): number | undefined {
  const [before, last] = byWeek.slice(-2);
  return before === undefined || last === undefined || before === 0 ? undefined : (last - before) / before;
}
