import { ask } from "../requests/ask";
import type { OpenSearchClient } from "../requests/client";

/** More than a taxonomy has. */
const MAX_INTENTS = 200;

/**
 * The intents of the index's sessions, the most frequent first; none where they cannot be read. Rejects with a
 * `JobError` when OpenSearch does not answer.
 */
export async function knownIntents(client: OpenSearchClient, index: string): Promise<readonly string[]> {
  const json = {
    size: 0,
    track_total_hits: false,
    aggs: { intents: { terms: { field: "intent", size: MAX_INTENTS } } },
  };
  const lines = Buffer.from(`{}\n${JSON.stringify(json)}\n`);
  const { body } = await ask(client, index, { method: "POST", path: `/${index}/_msearch`, lines });
  const [first] = (body as Answer).responses ?? [];
  return (first?.aggregations?.intents.buckets ?? []).map(({ key }) => key);
}

interface Answer {
  readonly responses?: readonly {
    readonly aggregations?: { readonly intents: { readonly buckets: readonly { readonly key: string }[] } };
  }[];
}
