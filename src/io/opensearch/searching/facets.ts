/**
 * Counts the sessions that a search finds: by the values of each facet, and over time.
 *
 * Each facet is counted as if nothing of itself were chosen, so that its other values stay to be chosen too. A search
 * by words finds whatever has them; a search by meaning finds the best of its rankings, so it is these that are
 * counted.
 */
import { ask } from "../requests/ask";
import { askedOf } from "../queries/question-words";
import type { OpenSearchClient } from "../requests/client";
import {
  activeGroups,
  FACET_FIELDS,
  FACET_NAMES,
  type FacetName,
  filterClauses,
  type FilterGroup,
  type SearchFilters,
  withoutGroup,
} from "../queries/filters";
import { type Answered, multiAnswers, multiSearch } from "./multi-search";
import { wordsQuery } from "../queries/query";
import {
  type Embed,
  fused,
  isBlank,
  rankingDepth,
  rankings,
  type SearchQuestion,
  vectorOf,
  withMessages,
} from "./search";

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

export interface Facets {
  readonly total: number;
  /** True when a ranking of a search by meaning has as many as it may have. */
  readonly isCut: boolean;
  /** The most frequent values of each facet, first those that most sessions have. */
  readonly facets: Readonly<Record<FacetName, readonly FacetCount[]>>;
  readonly attributes: Readonly<Record<string, readonly FacetCount[]>>;
  /** Sessions by their beginnings, in intervals of about the same length; none without sessions. */
  readonly histogram: readonly { readonly startMs: number; readonly count: number }[];
}

/** More than a taxonomy has; topics are free words. */
const MAX_VALUES = 30;
const MAX_BUCKETS = 60;

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
    const found =
      vector === undefined
        ? byWords(question, inMessages)
        : await byMeaning(client, index, question, vector, inMessages);
    const [answer] = await multiAnswers(client, index, [facetSearch(found, activeGroups(question), attributeNames)]);
    const facets = facetsOf(answer!, attributeNames);
    return { ...facets, isCut: found.isCut };
  });
  return value;
}

/** Names of the attributes that the index has fields for; none where the credentials may only search. */
export async function attributeNamesOf(client: OpenSearchClient, index: string): Promise<readonly string[]> {
  const query = { filter_path: "*.mappings.properties.attributes.properties" };
  const answer = await ask(client, index, { method: "GET", path: `/${index}/_mapping`, query }).catch(() => undefined);
  if (answer?.status !== 200) return [];
  const mappings = Object.values(answer.body as Record<string, Mapping>);
  return [
    ...new Set(mappings.flatMap((each) => Object.keys(each.mappings?.properties?.attributes?.properties ?? {}))),
  ].sort();
}

interface Mapping {
  readonly mappings?: { readonly properties?: { readonly attributes?: { readonly properties?: object } } };
}

interface FoundSessions {
  /** All sessions that any facet counts. */
  readonly query: object;
  /** Sessions that are counted when a group of filters is left out; all filters count without a group. */
  readonly filter: (group?: FilterGroup) => object;
  /** True when a ranking ends before its last session. */
  readonly isCut: boolean;
}

function byWords(question: SearchQuestion, inMessages: boolean): FoundSessions {
  const asked = isBlank(question.text) ? undefined : askedOf(question.text);
  const within = (filters: SearchFilters): object => ({ bool: { filter: filterClauses(filters) } });
  return {
    query: wordsQuery(asked, { ...question, inMessages }),
    filter: (group) => within(group === undefined ? question : withoutGroup(question, group)),
    isCut: false,
  };
}

async function byMeaning(
  client: OpenSearchClient,
  index: string,
  question: SearchQuestion,
  vector: readonly number[],
  inMessages: boolean,
): Promise<FoundSessions> {
  const asked = askedOf(question.text);
  const groups: readonly (FilterGroup | undefined)[] = [undefined, ...activeGroups(question)];
  const depth = rankingDepth(question.mode);
  const searches = groups.map((group) => {
    const filters = group === undefined ? question : withoutGroup(question, group);
    return rankings(question, asked, { ...filters, inMessages }, vector, depth);
  });
  const lists = await multiSearch(client, index, searches.flat());
  let from = 0;
  const ids = new Map<FilterGroup | undefined, readonly string[]>();
  for (const [number, group] of groups.entries()) {
    const end = from + searches[number]!.length;
    ids.set(
      group,
      fused(lists.slice(from, end)).map(({ id }) => id),
    );
    from = end;
  }
  const all = [...new Set([...ids.values()].flat())];
  const base = ids.get(undefined) ?? [];
  return {
    query: { ids: { values: all } },
    filter: (group) => ({ ids: { values: ids.get(group) ?? base } }),
    isCut: lists.slice(0, searches[0]!.length).some(({ length }) => length >= depth),
  };
}

/** Name of the sessions that pass all filters; their labels are counted in it, unless a filter chooses one of them. */
const ALL = "all";

function facetSearch(
  { query, filter }: FoundSessions,
  active: readonly FilterGroup[],
  attributeNames: readonly string[],
): object {
  const counted = (field: string): object => ({ terms: { field, size: MAX_VALUES } });
  const time = { field: "start", buckets: MAX_BUCKETS, minimum_interval: "minute" };
  const counts: Readonly<Record<string, object>> = {
    time: { auto_date_histogram: time },
    ...Object.fromEntries(FACET_NAMES.map((name) => [name, counted(FACET_FIELDS[name])])),
    ...Object.fromEntries(attributeNames.map((name) => [`attributes.${name}`, counted(`attributes.${name}`)])),
  };
  const others = Object.entries(counts).filter(([name]) => !active.some((group) => group === name));
  return {
    size: 0,
    track_total_hits: false,
    query,
    aggs: {
      [ALL]: { filter: filter(), aggs: Object.fromEntries(others) },
      ...Object.fromEntries(
        active.flatMap((group) => {
          const values = counts[group];
          return values === undefined ? [] : [[group, { filter: filter(group), aggs: { values } }]];
        }),
      ),
    },
  };
}

interface Counted {
  readonly buckets: readonly { readonly key: string | number; readonly doc_count: number }[];
}
type Aggregations = Readonly<Record<string, { readonly values: Counted }>> & {
  readonly [ALL]?: Readonly<Record<string, Counted>> & { readonly doc_count: number };
};

function facetsOf({ aggregations = {} }: Answered, attributeNames: readonly string[]): Omit<Facets, "isCut"> {
  const { [ALL]: all, ...own } = aggregations as Aggregations;
  const bucketsOf = (name: string): Counted["buckets"] => (own[name]?.values ?? all?.[name])?.buckets ?? [];
  const countsOf = (name: string): readonly FacetCount[] =>
    bucketsOf(name).map(({ key, doc_count: count }) => ({ value: String(key), count }));
  return {
    total: all?.doc_count ?? 0,
    facets: Object.fromEntries(FACET_NAMES.map((name) => [name, countsOf(name)])) as Facets["facets"],
    attributes: Object.fromEntries(attributeNames.map((name) => [name, countsOf(`attributes.${name}`)])),
    histogram: bucketsOf("time").map(({ key, doc_count: count }) => ({ startMs: Number(key), count })),
  };
}
