/** Filters of sessions, as clauses. Pure. Values only ever become those of `term` queries, never query syntax. */

/** Facets by which sessions are counted and chosen, with the field of each in the index. */
export const FACET_FIELDS = {
  intent: "intent",
  sentiment: "sentiment",
  language: "language",
  sensitiveKind: "sensitiveKinds",
  alert: "alerts",
  topic: "topics",
  category: "categories",
  role: "roles",
  model: "summaryModel",
} as const;
export type FacetName = keyof typeof FACET_FIELDS;
export const FACET_NAMES = Object.keys(FACET_FIELDS) as readonly FacetName[];

/** One value, or several of which a session has at least one; an empty list chooses nothing. */
export type Wanted = string | readonly string[];

/** A session passes all filters. Those by `role` also seek words only in what these roles say. */
export interface SearchFilters extends Readonly<Partial<Record<FacetName, Wanted>>> {
  readonly userId?: string;
  /** Sessions that ended at this time or later. */
  readonly fromMs?: number;
  /** Sessions that began before this time. */
  readonly toMs?: number;
  /** Values of attributes by their names. */
  readonly attributes?: Readonly<Record<string, Wanted>>;
}

/** Filters that belong together: a facet, the time, or an attribute as `attributes.<name>`. */
export type FilterGroup = FacetName | "time" | `attributes.${string}`;

/** A clause of one value or more; none without a value. */
export function termClause(field: string, wanted: Wanted | undefined): readonly object[] {
  const values = (typeof wanted === "string" ? [wanted] : (wanted ?? [])).map((value) => value.toWellFormed());
  if (values.length === 0) return [];
  return values.length === 1 ? [{ term: { [field]: { value: values[0] } } }] : [{ terms: { [field]: values } }];
}

/** The groups of filters that choose something. */
export function activeGroups({ attributes = {}, ...filters }: SearchFilters): readonly FilterGroup[] {
  return [
    ...FACET_NAMES.filter((name) => termClause(name, filters[name]).length > 0),
    ...Object.entries(attributes).flatMap(([name, wanted]) =>
      termClause(name, wanted).length > 0 ? [`attributes.${name}` as const] : [],
    ),
    ...(filters.fromMs === undefined && filters.toMs === undefined ? [] : ["time" as const]),
  ];
}

/** The filters as clauses. */
export function filterClauses(filters: SearchFilters): readonly object[] {
  const { userId, fromMs, toMs, attributes = {} } = filters;
  return [
    ...termClause("userId", userId),
    ...FACET_NAMES.flatMap((name) => termClause(FACET_FIELDS[name], filters[name])),
    ...Object.entries(attributes).flatMap(([name, wanted]) => termClause(`attributes.${name}`, wanted)),
    ...(fromMs === undefined ? [] : [{ range: { end: { gte: new Date(fromMs).toISOString() } } }]),
    ...(toMs === undefined ? [] : [{ range: { start: { lt: new Date(toMs).toISOString() } } }]),
  ];
}

/** The filters without those of one group. */
export function withoutGroup(filters: SearchFilters, group: FilterGroup): SearchFilters {
  const { attributes, ...others } = filters;
  const isOther = ([name]: readonly [string, unknown]): boolean =>
    group === "time" ? name !== "fromMs" && name !== "toMs" : name !== group;
  const kept = Object.entries(attributes ?? {}).filter(([name]) => `attributes.${name}` !== group);
  return { ...Object.fromEntries(Object.entries(others).filter(isOther)), attributes: Object.fromEntries(kept) };
}
