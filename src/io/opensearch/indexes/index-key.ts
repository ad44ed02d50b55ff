/**
 * The key of an index's pseudonyms, of which the ledgers tell a check value in their `_meta`. Under another key the
 * same people have other names, so a replay would index them again, and no erasure would find or keep out all of
 * theirs.
 */
import { JobError } from "../../../chat/errors";
import type { OpenSearchClient } from "../requests/client";
import type { IndexMeta } from "./index-meta";
import { patiently, refusal } from "../requests/patiently";

/** The sentence that refuses a key; undefined for the one that the ledgers tell, and where they tell none. */
export function refusedKey(
  ledgerIndex: string,
  { keyCheck: given }: IndexMeta,
  { keyCheck: told }: IndexMeta = {},
): string | undefined {
  if (given === undefined || told === undefined || given === told) return undefined;
  return `The pseudonyms that belong to index "${ledgerIndex}" are made with another key than the given one, under which the same people would have other names: give the key of the index, or fill a new index with the new one (docs/privacy.md, Redaction).`;
}

/** `index` is that of the ledgers. Rejects with INDEX_MISFIT where they tell another key, and as `refusal`. */
export async function refuseOtherKey(client: OpenSearchClient, index: string, keyCheck: string): Promise<void> {
  const answer = await patiently(client, { method: "GET", path: `/${index}/_mapping` });
  if (answer.status === 404) return;
  if (answer.status !== 200) throw refusal(`read the mapping of index "${index}"`, answer);
  const all = Object.values(answer.body as Record<string, { mappings: { _meta?: IndexMeta } }>);
  const sentence = all.map(({ mappings: { _meta: meta } }) => refusedKey(index, { keyCheck }, meta)).find(Boolean);
  if (sentence !== undefined) throw new JobError("INDEX_MISFIT", sentence);
}
