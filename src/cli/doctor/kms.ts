import { regionOfKey } from "../../chat/privacy/wrapped-key";
import type { WrappedKey } from "../../chat/privacy/settings";
import { webhookKeyFor } from "../../io/webhook-key";
import type { PipelineSettings } from "../../pipeline";
import { MAX_KEY_ATTEMPTS, withKeyCheck } from "../key-check";
import { examine, type Finding } from "./finding";

export interface ExaminedKeys {
  readonly findings: readonly Finding[];
  /** With what was learnt of the key of pseudonyms, so that indexes can be asked whether they are filled with it. */
  readonly settings: PipelineSettings;
}

/** Has KMS unwrap each wrapped key once, as each worker does; no finding for one that is not wrapped. */
export async function examineKeys(settings: PipelineSettings): Promise<ExaminedKeys> {
  const findings: Finding[] = [];
  let checked = settings;
  const { key } = settings.messages.privacy ?? {};
  if (key !== undefined && "wrapped" in key)
    findings.push(
      await examineKey("the key of the pseudonyms", key, async () => void (checked = await withKeyCheck(settings))),
    );
  else checked = await withKeyCheck(settings);
  const { webhook } = settings.alerts;
  if (webhook !== undefined && "wrapped" in webhook.key)
    findings.push(
      await examineKey("the key of the webhook", webhook.key, () =>
        webhookKeyFor(webhook.key, { maxAttempts: MAX_KEY_ATTEMPTS }),
      ),
    );
  return { findings, settings: checked };
}

function examineKey(expected: string, { keyArn }: WrappedKey, unwrap: () => Promise<unknown>): Promise<Finding> {
  return examine({ name: `kms:Decrypt ${keyArn}`, expected }, async () => {
    await unwrap();
    return { found: `KMS unwraps it in ${regionOfKey(keyArn)}` };
  });
}
