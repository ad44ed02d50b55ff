import { JobError } from "../../chat/errors";
import { webhookKeyFor } from "../webhook-key";
import { decideNoAnswer } from "./retry";
import type { WebhookSettings } from "./settings";

/** A person waits. */
const MAX_KEY_ATTEMPTS = 4;

/**
 * Checks that the key can be read, or unwrapped, and that somebody answers at the address, with a HEAD request that
 * tells nothing; any status will do. Rejects as `webhookKeyFor` does, and with SERVICE_UNREACHABLE.
 */
export async function checkWebhook({ url, key, requestTimeoutMs }: WebhookSettings): Promise<void> {
  await webhookKeyFor(key, { maxAttempts: MAX_KEY_ATTEMPTS });
  try {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    await (await fetch(url, { method: "HEAD", redirect: "manual", signal })).body?.cancel();
  } catch (cause) {
    const answer = decideNoAnswer(cause);
    const why = answer.kind === "taken" ? "" : answer.why;
    throw new JobError(
      "SERVICE_UNREACHABLE",
      `The webhook of --alert-webhook does not answer at ${new URL(url).host} (${why}): check the address and the network.`,
      { cause },
    );
  }
}
