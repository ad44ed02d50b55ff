/** The check value of the key of pseudonyms, by which the ledgers of an index tell that key from others. */
import type { PrivacySettings } from "../chat/privacy/settings";
import { unwrapKey } from "../io/kms/unwrap";
import type { OpenSearchClient } from "../io/opensearch/requests/client";
import { refuseOtherKey } from "../io/opensearch/indexes/index-key";
import type { PipelineSettings } from "../pipeline";

/** A person waits. */
export const MAX_KEY_ATTEMPTS = 4;

/** Has KMS unwrap a wrapped key, as each worker does. Rejects as `unwrapKey` does. */
async function keyCheckOf(key: NonNullable<PrivacySettings["key"]>): Promise<string> {
  return "wrapped" in key ? (await unwrapKey(key, MAX_KEY_ATTEMPTS)).check : key.check;
}

/** The settings with their key's check value, for the ledgers to tell. Rejects as `unwrapKey` does. */
export async function withKeyCheck(settings: PipelineSettings): Promise<PipelineSettings> {
  const { key } = settings.messages.privacy ?? {};
  if (key === undefined) return settings;
  return { ...settings, openSearch: { ...settings.openSearch, keyCheck: await keyCheckOf(key) } };
}

/** The same for an index that nothing prepares: rejects with INDEX_MISFIT where its ledgers tell another key. */
export async function withCheckedKey(settings: PipelineSettings, client: OpenSearchClient): Promise<PipelineSettings> {
  const checked = await withKeyCheck(settings);
  const { ledgerIndex, keyCheck } = checked.openSearch;
  if (keyCheck !== undefined) await refuseOtherKey(client, ledgerIndex, keyCheck);
  return checked;
}
