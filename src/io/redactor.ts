import type { Shared } from "../beam";
import { type Redactor, redactorOf } from "../chat/privacy/redactor";
import type { PrivacySettings } from "../chat/privacy/settings";
import { unwrapKey } from "./kms/unwrap";

/**
 * A redactor with the key of this host, or with one that KMS unwraps: once for all stages of a process that share
 * `shared`. Rejects as `redactorOf` and `unwrapKey` do.
 */
export async function redactorFor(privacy: PrivacySettings = {}, shared?: Shared): Promise<Redactor> {
  const { key } = privacy;
  if (key === undefined || !("wrapped" in key)) return redactorOf(privacy);
  const name = `redaction key ${key.wrapped} of ${key.keyArn}`;
  return redactorOf(privacy, await (shared?.get(name, () => unwrapKey(key)) ?? unwrapKey(key)));
}
