/** Decides about answers of EventBridge. Pure. */
import type { PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";
import type { Answer } from "../receiver";

/** Errors of an entry that lie in the entry itself; others are the service's trouble (API Reference, PutEvents). */
const REFUSED = new Set(["InvalidArgument", "MalformedDetail", "ValidationException"]);

/** An entry of an answer is taken when it has an id. */
export function decideEntry(entry: PutEventsResultEntry | undefined): Answer {
  if (entry?.EventId !== undefined && entry.ErrorCode === undefined) return { kind: "taken" };
  const why = entry?.ErrorCode ?? "no answer for the entry";
  return REFUSED.has(why) ? { kind: "refused", why } : { kind: "again", why };
}

/**
 * Decides about a failed request, for all of its entries. What somebody must mend, such as a right or a bus that is
 * gone, is waited for like other trouble: it holds nobody back, and ends as letters that can be redriven.
 */
export function decideFailure(error: unknown): Answer {
  const failure = failureOf(error);
  const why = failure.name;
  if (kindOf(failure) === "invalid") return { kind: "refused", why };
  return { kind: "again", why, retryAfterMs: failure.retryAfterMs };
}
