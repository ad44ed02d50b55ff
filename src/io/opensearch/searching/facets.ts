/**
 * Counts the sessions that a search finds: by the values of each facet, and over time.
 *
 * Each facet is counted as if nothing of itself were chosen, so that its other values stay to be chosen too. A search
 * by words finds whatever has them; a search by meaning finds the best of its rankings, so it is these that are
 * counted.
 */
import { askMappings } from "../requests/ask-mappings";
import type { OpenSearchClient } from "../requests/client";
import { type FacetCount, type Facets, MAX_BUCKETS, MAX_VALUES } from "./facet-counts";
import {
  activeGroups,
  FACET_FIELDS,
  FACET_NAMES,
  filterClauses,
  type FilterGroup,
  type SearchFilters,
  withoutGroup,
} from "../queries/filters";
import { type Answered, multiAnswers } from "./multi-search";
import { wordsQuery } from "../queries/query";
import { askedOf } from "../queries/question-words";
import { rankedFacets } from "./ranked-facets";
import { type Embed, isBlank, type SearchQuestion, vectorOf, withMessages } from "./search";

/** OpenSearch gives the values of at most 100 fields of a hit (`index.max_docvalue_fields_search`). */
const MAX_ATTRIBUTES = 80;

/** Resolves with the counts of a question's sessions; its limit and offset do not matter. Rejects with a `JobError`. */
export async function countFacets(
  client: OpenSearchClient,
  index: string,
  question: SearchQuestion,
  embed: Embed,
  attributeNames: readonly string[],
): Promise<Facets> {
  const vector = await vectorOf(question, embed);
  const { value } = await withMessages(async (inMessages) => {
    if (vector !== undefined) return rankedFacets(client, index, { question, vector, inMessages, attributeNames });
    const counts = countsOf(attributeNames);
    const [answer] = await multiAnswers(client, index, [facetSearch(question, inMessages, counts)]);
    return facetsOf(answer!, counts, attributeNames);
  });
  return value;
}

/**
 * The first `MAX_ATTRIBUTES` names of the attributes that the index has fields for; none where the credentials may only
 * search, undefined while there is no index. A name with `*` is left out: where fields are asked for, it is a pattern.
 * Rejects with SERVICE_UNREACHABLE in trouble that may pass.
 */
export async function attributeNamesOf(
  client: OpenSearchClient,
  index: string,
): Promise<readonly string[] | undefined> {
  const filterPath = "*.mappings.properties.attributes.properties";
  const mappings = await askMappings<Mapping>(client, index, filterPath);
  if (mappings === undefined) return undefined;
  const names = Object.values(mappings).flatMap((each) =>
    Object.keys(each.mappings?.properties?.attributes?.properties ?? {}),
  );
  return [...new Set(names)]
    .filter((name) => !name.includes("*"))
    .sort()
    .slice(0, MAX_ATTRIBUTES);
}

interface Mapping {
  readonly mappings?: { readonly properties?: { readonly attributes?: { readonly properties?: object } } };
}

interface Count {
  readonly group: FilterGroup;
  /** A number, since OpenSearch does not take the names of all fields. */
  readonly name: string;
  readonly aggregation: object;
}

function countsOf(attributeNames: readonly string[]): readonly Count[] {
  const counted = (field: string): object => ({ terms: { field, size: MAX_VALUES } });
  const all: readonly (readonly [FilterGroup, object])[] = [
    ["time", { auto_date_histogram: { field: "start", buckets: MAX_BUCKETS, minimum_interval: "minute" } }],
    ...FACET_NAMES.map((name) => [name, counted(FACET_FIELDS[name])] as const),
    ...attributeNames.map((name) => [`attributes.${name}`, counted(`attributes.${name}`)] as const),
  ];
  return all.map(([group, aggregation], place) => ({ group, name: String(place), aggregation }));
}

/** Name of the sessions that pass all filters; their labels are counted in it, unless a filter chooses one of them. */
const ALL = "all";

function facetSearch(question: SearchQuestion, inMessages: boolean, counts: readonly Count[]): object {
  const active = activeGroups(question);
  const isOwn = ({ group }: Count): boolean => active.includes(group);
  const asked = isBlank(question.text) ? undefined : askedOf(question.text);
  const words = (filters: SearchFilters): object => wordsQuery(asked, { ...filters, inMessages });
  // Words of a chosen role alone are fewer than those by which the other roles are counted.
  const ofRole = (filters: SearchFilters): readonly object[] =>
    asked !== undefined && activeGroups(filters).includes("role") ? [words(filters)] : [];
  const passing = (filters: SearchFilters): object => ({
    bool: { filter: [...filterClauses(filters), ...ofRole(filters)] },
  });
  const others = counts.filter((count) => !isOwn(count)).map(({ name, aggregation }) => [name, aggregation] as const);
  const own = counts.filter(isOwn).map(({ group, name, aggregation }) => {
    const filter = passing(withoutGroup(question, group));
    return [name, { filter, aggs: { values: aggregation } }] as const;
  });
  return {
    size: 0,
    track_total_hits: false,
    query: words(withoutGroup(question, "role")),
    aggs: {
      [ALL]: { filter: passing(question), aggs: Object.fromEntries(others) },
      ...Object.fromEntries(own),
    },
  };
}

interface Counted {
  readonly buckets: readonly { readonly key: string | number; readonly doc_count: number }[];
}
type Aggregations = Readonly<Record<string, { readonly values: Counted }>> & {
  readonly [ALL]?: Readonly<Record<string, Counted>> & { readonly doc_count: number };
};

function facetsOf(
  { aggregations = {} }: Answered,
  counts: readonly Count[],
  attributeNames: readonly string[],
): Facets {
  const { [ALL]: all, ...own } = aggregations as Aggregations;
  const buckets = new Map(
    counts.map(({ group, name }) => [group, (own[name]?.values ?? all?.[name])?.buckets ?? []] as const),
  );
  const valuesOf = (group: FilterGroup): readonly FacetCount[] =>
    (buckets.get(group) ?? []).map(({ key, doc_count: count }) => ({ value: String(key), count }));
  return {
    total: all?.doc_count ?? 0,
    isCut: false,
    facets: Object.fromEntries(FACET_NAMES.map((name) => [name, valuesOf(name)])) as Facets["facets"],
    attributes: Object.fromEntries(attributeNames.map((name) => [name, valuesOf(`attributes.${name}`)])),
    histogram: (buckets.get("time") ?? []).map(({ key, doc_count: count }) => ({ startMs: Number(key), count })),
  };
}
