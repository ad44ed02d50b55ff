import { JobError } from "../../chat/errors";
import { readWebhookKey } from "./key";
import { decideNoAnswer } from "./retry";
import type { WebhookSettings } from "./settings";

/**
 * Checks that the key can be read and that somebody answers at the address, with a HEAD request that tells nothing; any
 * status will do. Rejects with BAD_OPTION or SERVICE_UNREACHABLE.
 */
export async function checkWebhook({ url, keyFile, requestTimeoutMs }: WebhookSettings): Promise<void> {
  readWebhookKey(keyFile);
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
