/**
 * Counts the sessions that a search by meaning ranks. It reads the values of the sessions' labels with the rankings
 * themselves, a few for each, because their ids lie in the stored documents: finding these takes longer than ranking.
 */
import { askedOf } from "../queries/question-words";
import type { OpenSearchClient } from "../requests/client";
import { type Facets, histogramOf, mostFrequent } from "./facet-counts";
import { activeGroups, FACET_FIELDS, FACET_NAMES, type FilterGroup, withoutGroup } from "../queries/filters";
import { multiSearch, type RawHit } from "./multi-search";
import { SEQUENCE_NUMBER, valuesSearch } from "../queries/query";
import { fused, rankingDepth, rankings, type SearchQuestion } from "./search";

/** Values of a session by their fields. */
type Values = Readonly<Record<string, readonly unknown[]>>;

export interface RankedQuestion {
  readonly question: SearchQuestion;
  readonly vector: readonly number[];
  readonly inMessages: boolean;
  readonly attributeNames: readonly string[];
}

/** Resolves with the counts. Rejects with a `JobError`, or `MessagesNotSearchable`. */
export async function rankedFacets(
  client: OpenSearchClient,
  index: string,
  { question, vector, inMessages, attributeNames }: RankedQuestion,
): Promise<Facets> {
  const fields = fieldsOf(attributeNames);
  const active = activeGroups(question).filter((group) => fields.has(group));
  const others = [...fields.keys()].filter((group) => !active.includes(group));
  const asked = askedOf(question.text);
  const depth = rankingDepth(question.mode);
  const counted = [
    { filters: question, groups: others },
    ...active.map((group) => ({ filters: withoutGroup(question, group), groups: [group] })),
  ];
  const searches = counted.map(({ filters, groups }) =>
    rankings(question, asked, { ...filters, inMessages }, vector, depth).map((search) =>
      valuesSearch(
        search,
        groups.map((group) => fields.get(group)!),
      ),
    ),
  );
  const lists = await multiSearch(client, index, searches.flat());
  const each = searches[0]!.length;
  const listsOf = (place: number) => lists.slice(place * each, (place + 1) * each);
  const found = counted.map((_, place) => sessionsOf(listsOf(place)));
  const values = new Map(
    counted.flatMap(({ groups }, place) =>
      groups.map((group) => [group, found[place]!.map((own) => own[fields.get(group)!] ?? [])] as const),
    ),
  );
  const countsOf = (group: FilterGroup) => mostFrequent((values.get(group) ?? []).map((own) => own.map(String)));
  return {
    total: found[0]!.length,
    isCut: listsOf(0).some(({ length }) => length >= depth),
    facets: Object.fromEntries(FACET_NAMES.map((name) => [name, countsOf(name)])) as Facets["facets"],
    attributes: Object.fromEntries(attributeNames.map((name) => [name, countsOf(`attributes.${name}`)])),
    histogram: histogramOf((values.get("time") ?? []).flat().map(Number)),
  };
}

function fieldsOf(attributeNames: readonly string[]): ReadonlyMap<FilterGroup, string> {
  return new Map<FilterGroup, string>([
    ["time", "start"],
    ...FACET_NAMES.map((name) => [name, FACET_FIELDS[name]] as const),
    ...attributeNames.map((name) => [`attributes.${name}`, `attributes.${name}`] as const),
  ]);
}

/** Makes one ranking of several, as a search does. */
function sessionsOf(lists: readonly (readonly RawHit[])[]): readonly Values[] {
  const keyed = lists.map((hits) => hits.map((hit) => ({ ...hit, _id: keyOf(hit) })));
  const byKey = new Map(keyed.flat().map(({ _id, fields = {} }) => [_id, fields]));
  return fused(keyed).map(({ id }) => byKey.get(id) ?? {});
}

/** Tells sessions apart without their ids: a sequence number is a shard's own, hence what a ranking orders by. */
function keyOf({ _index, sort = [], fields }: RawHit): string {
  // A score is another one in each ranking.
  const [, ...order] = sort;
  return JSON.stringify([_index, fields?.[SEQUENCE_NUMBER], ...order]);
}
