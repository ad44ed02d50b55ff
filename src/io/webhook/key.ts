import { JobError } from "../../chat/errors";
import { type GivenFile, readGivenFile, sourceOf } from "../../chat/given-file";

/** Standard Webhooks asks for keys of 24 to 64 bytes. */
const MIN_BYTES = 24;
/** Standard Webhooks' form of a key: base64 behind a prefix. */
const PREFIX = "whsec_";

const ADVICE = `give a file with at least ${MIN_BYTES} random bytes, such as the output of: openssl rand -base64 32`;

/** The key in the file. Throws `JobError` BAD_OPTION with one sentence that never quotes it. */
export function readWebhookKey(file: string): Uint8Array {
  const given: GivenFile = { file, flag: "--alert-webhook-key", advice: ADVICE };
  return webhookKeyIn(readGivenFile(given), sourceOf(given));
}

/** The key in what a file, or its wrapping, holds. Throws `JobError` BAD_OPTION for one that is too short. */
export function webhookKeyIn(text: string, named: string): Uint8Array {
  const content = text.trim();
  const key = content.startsWith(PREFIX) ? Buffer.from(content.slice(PREFIX.length), "base64") : Buffer.from(content);
  if (key.length < MIN_BYTES) throw new JobError("BAD_OPTION", `${named}: the key in it is too short; ${ADVICE}.`);
  return key;
}
