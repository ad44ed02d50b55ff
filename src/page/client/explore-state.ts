/** The search as it stands in the page's address, so that it can be shared, reloaded, and gone back to. Pure. */
import type { FacetsAnswer, SearchRequest } from "../contract";

export type FacetName = keyof FacetsAnswer["facets"];
export type Mode = SearchRequest["mode"];
export type Sort = SearchRequest["sort"];

export interface Exploration {
  readonly q: string;
  readonly mode: Mode;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
  readonly user: string | undefined;
  /** ISO 8601. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>;
  /** As name=value. */
  readonly attributes: readonly string[];
}

/** In the order in which they are shown. */
export const FACETS: readonly FacetName[] = [
  "intent",
  "sentiment",
  "language",
  "sensitiveKind",
  "alert",
  "topic",
  "category",
  "role",
  "model",
];
const MODES: readonly Mode[] = ["hybrid", "semantic", "keyword"];
const SORTS: readonly Sort[] = ["relevance", "newest", "oldest", "longest"];
export const PAGE_SIZE = 20;
/** A search by meaning finds no more than ten pages. */
export const MAX_PAGE = 10;

export function explorationOf(search: string): Exploration {
  const given = new URLSearchParams(search);
  const one = (name: string): string | undefined => given.get(name) ?? undefined;
  const page = Number(given.get("page") ?? "1");
  return {
    q: one("q") ?? "",
    mode: MODES.find((mode) => mode === one("mode")) ?? "hybrid",
    sort: SORTS.find((sort) => sort === one("sort")) ?? "relevance",
    page: Number.isInteger(page) && page >= 1 && page <= MAX_PAGE ? page : 1,
    user: one("user"),
    from: timeOf(one("from")),
    to: timeOf(one("to")),
    chosen: Object.fromEntries(FACETS.map((name) => [name, given.getAll(name)])) as Record<FacetName, string[]>,
    attributes: given.getAll("attribute"),
  };
}

/** The address's query: nothing that is as it is without saying. */
export function searchOf(state: Exploration): string {
  const query = filtersOf(state);
  if (state.sort !== "relevance") query.set("sort", state.sort);
  if (state.page > 1) query.set("page", String(state.page));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** The query of a request for one page of hits. */
export function searchQueryOf(state: Exploration): string {
  const query = filtersOf(state);
  query.set("sort", state.sort);
  query.set("limit", String(PAGE_SIZE));
  query.set("offset", String((state.page - 1) * PAGE_SIZE));
  return query.toString();
}

/** The query of a request for counts, which are the same on all pages. */
export function facetsQueryOf(state: Exploration): string {
  return filtersOf(state).toString();
}

function filtersOf({ q, mode, user, from, to, chosen, attributes }: Exploration): URLSearchParams {
  const query = new URLSearchParams();
  if (q !== "") query.set("q", q);
  if (mode !== "hybrid") query.set("mode", mode);
  if (user !== undefined) query.set("user", user);
  if (from !== undefined) query.set("from", from);
  if (to !== undefined) query.set("to", to);
  for (const name of FACETS) for (const value of chosen[name]) query.append(name, value);
  for (const pair of attributes) query.append("attribute", pair);
  return query;
}

/** Chooses a value of a facet, or no longer. */
export function toggled(state: Exploration, name: FacetName, value: string): Exploration {
  return { ...state, page: 1, chosen: { ...state.chosen, [name]: without(state.chosen[name], value) } };
}

export function toggledAttribute(state: Exploration, pair: string): Exploration {
  return { ...state, page: 1, attributes: without(state.attributes, pair) };
}

function without(values: readonly string[], value: string): readonly string[] {
  return values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
}

/** The same question without any filter. */
export function unfiltered(state: Exploration): Exploration {
  return { ...explorationOf(""), q: state.q, mode: state.mode, sort: state.sort };
}

export function isFiltered(state: Exploration): boolean {
  return filtersOf({ ...state, q: "", mode: "hybrid" }).toString() !== "";
}

function timeOf(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
