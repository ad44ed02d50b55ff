/** The names under which an index may hold whom an erasure is about. */
import { JobError } from "../../chat/errors";
import { isPseudonym } from "../../chat/privacy/pseudonyms";
import { redactorOf } from "../../chat/privacy/redactor";
import type { PrivacySettings } from "../../chat/privacy/settings";
import { unwrapKey } from "../../io/kms/unwrap";
import { MAX_KEY_ATTEMPTS } from "../key-check";

export interface Asked {
  readonly kind: "user" | "session";
  readonly id: string;
  readonly key: PrivacySettings["key"];
  /** True where the id is the name that the index has. */
  readonly isAsGiven: boolean;
}

export interface Names {
  readonly names: readonly string[];
  /** The id itself, where users have pseudonyms: only what was kept before they had them is under it. */
  readonly former?: string;
}

/** Facts that an index tells of its pseudonyms. */
export interface PseudonymFacts {
  holdsPseudonyms(): Promise<boolean>;
  /** Rejects with INDEX_MISFIT where they are made with another key than the one with this check value. */
  refuseOtherKey(keyCheck: string): Promise<void>;
}

/**
 * The names of an id: its pseudonyms under the key, if there is one. Rejects with BAD_OPTION for a key that cannot be
 * used, and where the index holds pseudonyms and only the key can tell whose they are; with INDEX_MISFIT for another
 * key than theirs.
 */
export async function namesOf({ kind, id, key, isAsGiven }: Asked, facts: PseudonymFacts): Promise<Names> {
  if (isAsGiven) return { names: [id] };
  if (key !== undefined) {
    const unwrapped = "wrapped" in key ? await unwrapKey(key, MAX_KEY_ATTEMPTS) : undefined;
    await facts.refuseOtherKey("wrapped" in key ? unwrapped!.check : key.check);
    const redactor = redactorOf({ pseudonymisesUsers: true, key }, unwrapped);
    // Sessions that are grouped by users have a user's name as their key.
    const kinds = kind === "session" ? (["session", "user"] as const) : (["user"] as const);
    const names = kinds.map((own) => redactor.nameOf(own, id));
    // Anybody may call himself as somebody else's pseudonym.
    return isPseudonym(id) ? { names } : { names, former: id };
  }
  if (isPseudonym(id) || !(await facts.holdsPseudonyms())) return { names: [id] };
  throw new JobError("BAD_OPTION", REFUSAL);
}

const REFUSAL =
  "The index holds pseudonyms in the place of users, and nothing was erased yet: give the job's key (--redact-key-file, or --redact-key-wrapped and --redact-kms-key), so that they are found by the id, or give the pseudonym; where the job has no pseudonyms and some user is only called like one, add --as-given.";
