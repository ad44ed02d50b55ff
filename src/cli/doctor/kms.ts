import { regionOfKey } from "../../chat/privacy/wrapped-key";
import type { PipelineSettings } from "../../pipeline";
import { withKeyCheck } from "../key-check";
import { examine, type Finding } from "./finding";

export interface ExaminedKey {
  readonly findings: readonly Finding[];
  /** With what was learnt of the key, so that indexes can be asked whether they are filled with it. */
  readonly settings: PipelineSettings;
}

/** Has KMS unwrap the key of the pseudonyms once, as each worker does; no finding where there is none to unwrap. */
export async function examineKey(settings: PipelineSettings): Promise<ExaminedKey> {
  const { key } = settings.messages.privacy ?? {};
  if (key === undefined || !("wrapped" in key)) return { findings: [], settings: await withKeyCheck(settings) };
  let checked = settings;
  const look = { name: `kms:Decrypt ${key.keyArn}`, expected: "the key of the pseudonyms" };
  const finding = await examine(look, async () => {
    checked = await withKeyCheck(settings);
    return { found: `KMS unwraps it in ${regionOfKey(key.keyArn)}` };
  });
  return { findings: [finding], settings: checked };
}
