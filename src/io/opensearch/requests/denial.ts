/** Refusals of the credentials: by AWS before the domain, or by OpenSearch's security plugin. */
import { EXPLICIT_DENY } from "../../aws/denial";
import { ownWords } from "../../aws/own-words";
import { errorCause } from "./error-cause";

/** Beginnings of messages that name the caller, the right and the resource, and nothing of a request's body. */
const OF_AWS = /^(?:User: |The security token |The request signature )/;
const OF_THE_PLUGIN = /^no permissions for \[/;

/**
 * Completes the advice about a refusal: who must lift it, where a policy forbids it explicitly, and the refusing side's
 * own words. Empty for unknown words: a proxy may quote the request.
 */
export function denialDetail(body: unknown): string {
  const message = messageOf(body);
  if (OF_AWS.test(message)) {
    const policy = EXPLICIT_DENY.exec(message)?.[1]?.toLowerCase();
    const lift =
      policy === undefined
        ? ""
        : ` An explicit deny in a ${policy} forbids it, so ask whoever administers the account to lift it.`;
    return `${lift}${ownWords(message)}`;
  }
  const { reason = "" } = errorCause(body);
  return OF_THE_PLUGIN.test(reason) ? ownWords(reason, "OpenSearch") : "";
}

/** AWS writes the word in both ways. */
function messageOf(body: unknown): string {
  const { message, Message } = (body ?? {}) as { readonly message?: unknown; readonly Message?: unknown };
  return typeof message === "string" ? message : typeof Message === "string" ? Message : "";
}
