import { readFileSync } from "node:fs";
import { JobError } from "../../chat/errors";

/** Standard Webhooks asks for keys of 24 to 64 bytes. */
const MIN_BYTES = 24;
/** Standard Webhooks' form of a key: base64 behind a prefix. */
const PREFIX = "whsec_";

/** The key in the file. Throws `JobError` BAD_OPTION with one sentence that never quotes it. */
export function readWebhookKey(file: string): Uint8Array {
  const refuse = (what: string, cause?: unknown): never => {
    throw new JobError(
      "BAD_OPTION",
      `--alert-webhook-key ${file}: ${what}; give a file with at least ${MIN_BYTES} random bytes, such as the output of: openssl rand -base64 32.`,
      { cause },
    );
  };
  let content: string;
  try {
    content = readFileSync(file, "utf8").trim();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    return refuse(code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`, cause);
  }
  const key = content.startsWith(PREFIX) ? Buffer.from(content.slice(PREFIX.length), "base64") : Buffer.from(content);
  return key.length < MIN_BYTES ? refuse("the key in it is too short") : key;
}
