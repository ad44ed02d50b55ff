/** Refusals of a caller that AWS knows: the sentence with the cure, and AWS's own words beside it. */
import type { AwsFailure } from "./failure";
import { kindOf } from "./kind";
import { ownWords } from "./own-words";

/** AWS names the kind of policy that forbids a call ("Access denied error messages" in IAM's User Guide). */
export const EXPLICIT_DENY = /\bwith an explicit deny in an? ([a-z][a-z -]{2,40}policy|permissions boundary)\b/i;

/**
 * Makes the sentence: `what` was refused, by `name`, and the cure, unless a policy forbids it, which no right
 * outweighs. `message` is AWS's own, see `deniedWords`.
 */
export function denialSentence(
  what: string,
  cure: string,
  { name, message }: { name: string; message: string },
): string {
  const policy = EXPLICIT_DENY.exec(message)?.[1]?.toLowerCase();
  const how =
    policy === undefined
      ? cure
      : `an explicit deny in a ${policy} forbids it, so ask whoever administers the account to lift it`;
  return `${what} (${name}): ${how}.${ownWords(message)}`;
}

/**
 * The message when AWS itself refused; empty without AWS's own name, since whoever answered may have quoted the
 * request.
 */
export function deniedWords({ name, message }: AwsFailure): string {
  return name !== "" && kindOf({ name, message: "", timedOut: false }) === "denied" ? message : "";
}
