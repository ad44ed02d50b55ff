import { isPseudonym, PSEUDONYM_PREFIX } from "../../../chat/privacy/pseudonyms";
import type { OpenSearchClient } from "../requests/client";
import { searched } from "./erase-by-hash";
import { commandAccess } from "../writing/index-access";

/** Documents of users whose ids only begin like a pseudonym, and who would hide the pseudonyms behind them. */
const MAX_OTHERS = 1_000;

/** True when users of the index have pseudonyms. By order, since a cluster may refuse to search by prefixes. */
export async function holdsPseudonyms(client: OpenSearchClient, index: string): Promise<boolean> {
  await commandAccess(client).refresh(index);
  const json = { size: MAX_OTHERS, sort: [{ userId: "asc" }], search_after: [PSEUDONYM_PREFIX], _source: false };
  const found = await searched<{ hits: { hits: readonly { sort: readonly string[] }[] } }>(client, index, json);
  return (found?.hits.hits ?? []).some(({ sort: [userId = ""] }) => isPseudonym(userId));
}
