import { keyHash } from "../../../chat/steps/ids/key-hash";
import type { OpenSearchClient } from "../requests/client";
import type { ErasedIndexes } from "./erase";
import { searched } from "./erase-by-hash";
import { commandAccess } from "../writing/index-access";
import type { LedgerDocument } from "../ledgers/ledger";

/** True when documents, dead letters, alerts or a ledger are there of this user or session key. */
export async function holdsKey(
  client: OpenSearchClient,
  key: string,
  { index, deadLetterIndex, alertIndex, ledgerIndex }: ErasedIndexes,
): Promise<boolean> {
  const hash = keyHash(key);
  const access = commandAccess(client);
  const [ledger] = await access.get<LedgerDocument>(ledgerIndex, [hash], ["userId"]);
  // The ledger of a key that was erased before tells a key only if something came since.
  if (ledger?.source.userId !== undefined) return true;
  const ofHash = ["sessionKeyHash", "userHash", "userHashes"].map((field) => ({ term: { [field]: hash } }));
  const ofName = ["userId", "sessionKey", "participants.id"].map((field) => ({ term: { [field]: key } }));
  const holds = async (name: string): Promise<boolean> => {
    await access.refresh(name);
    const query = { bool: { should: [...ofHash, ...ofName], minimum_should_match: 1 } };
    const found = await searched<{ hits: { hits: readonly unknown[] } }>(client, name, {
      ...{ size: 1, _source: false, query },
    });
    return (found?.hits.hits ?? []).length > 0;
  };
  return (await Promise.all([index, deadLetterIndex, alertIndex].map(holds))).includes(true);
}
