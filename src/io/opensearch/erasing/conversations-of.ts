/** Finds sessions of other session keys in which a user speaks. */
import { keyHash } from "../../../chat/steps/ids/key-hash";
import type { OpenSearchClient } from "../requests/client";
import { searched } from "./erase-by-hash";
import { documentsInOrder } from "../requests/in-order";
import { commandAccess } from "../writing/index-access";

/** More keys than this are found by asking again. */
const MAX_BUCKETS = 10_000;

export interface Conversations {
  /** Session keys with documents. */
  readonly sessionKeys: readonly string[];
  /** Hashes of session keys that only dead letters tell of. */
  readonly hashes: readonly string[];
}

export async function conversationsOf(
  client: OpenSearchClient,
  userId: string,
  { index, deadLetterIndex }: { readonly index: string; readonly deadLetterIndex: string },
): Promise<Conversations> {
  const should = [{ term: { userId } }, { term: { "participants.id": userId } }];
  const filter = [{ exists: { field: "sessionKey" } }, { bool: { should, minimum_should_match: 1 } }];
  const query = { bool: { filter, must_not: [{ term: { sessionKey: userId } }] } };
  const access = commandAccess(client);
  await Promise.all([access.refresh(index), access.refresh(deadLetterIndex)]);
  const keys = new Set<string>();
  for await (const { _source } of documentsInOrder<{ sessionKey: string }>(client, index, ["sessionKey"], query))
    keys.add(_source.sessionKey);
  const known = new Set([userId, ...keys].map(keyHash));
  const letters = await searched<{ aggregations: { keys: { buckets: readonly { key: string }[] } } }>(
    client,
    deadLetterIndex,
    {
      size: 0,
      query: { bool: { filter: [{ term: { userHashes: keyHash(userId) } }, { term: { kind: "session" } }] } },
      aggs: { keys: { terms: { field: "sessionKeyHash", size: MAX_BUCKETS } } },
    },
  );
  const hashes = (letters?.aggregations.keys.buckets ?? []).map(({ key }) => key);
  return { sessionKeys: [...keys], hashes: hashes.filter((hash) => !known.has(hash)) };
}

/** The session keys of these hashes, as far as documents tell them: reads all documents' keys. */
export async function keysOfHashes(
  client: OpenSearchClient,
  index: string,
  hashes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  await commandAccess(client).refresh(index);
  const found = new Map<string, string>();
  let last: string | undefined;
  const fields = ["userId", "sessionKey"];
  for await (const { _source } of documentsInOrder<{ userId: string; sessionKey?: string }>(client, index, fields)) {
    const key = _source.sessionKey ?? _source.userId;
    if (key === last) continue;
    last = key;
    const hash = keyHash(key);
    if (hashes.has(hash)) found.set(hash, key);
  }
  return found;
}
