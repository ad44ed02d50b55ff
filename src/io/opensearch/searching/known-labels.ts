import { ask } from "../requests/ask";
import type { OpenSearchClient } from "../requests/client";
import { FACET_FIELDS, type FacetName } from "../queries/filters";

/** More than a taxonomy, or rules of alerts, have. */
const MAX_LABELS = 200;

/**
 * The labels of the index's sessions by facet, the most frequent first; none where they cannot be read. Rejects with a
 * `JobError` when OpenSearch does not answer.
 */
export async function knownLabels(
  client: OpenSearchClient,
  index: string,
  names: readonly FacetName[],
): Promise<{ readonly [Name in FacetName]?: readonly string[] }> {
  if (names.length === 0) return {};
  const counts = names.map((name) => [name, { terms: { field: FACET_FIELDS[name], size: MAX_LABELS } }] as const);
  const json = { size: 0, track_total_hits: false, aggs: Object.fromEntries(counts) };
  const lines = Buffer.from(`{}\n${JSON.stringify(json)}\n`);
  const { body } = await ask(client, index, { method: "POST", path: `/${index}/_msearch`, lines });
  const found = (body as Answer).responses?.[0]?.aggregations ?? {};
  return Object.fromEntries(names.map((name) => [name, (found[name]?.buckets ?? []).map(({ key }) => key)]));
}

interface Answer {
  readonly responses?: readonly {
    readonly aggregations?: Readonly<Record<string, { readonly buckets: readonly { readonly key: string }[] }>>;
  }[];
}
