/** The names under which an index may hold whom an erasure is about. */
import { JobError } from "../../chat/errors";
import { keyFileOf } from "../../chat/privacy/key-file";
import { isPseudonym } from "../../chat/privacy/pseudonyms";
import { redactorOf } from "../../chat/privacy/redactor";
import type { OpenSearchClient } from "../../io/opensearch/client";
import { holdsPseudonyms } from "../../io/opensearch/holds-pseudonyms";

export interface Asked {
  readonly kind: "user" | "session";
  readonly id: string;
  readonly redactKeyFile: string | undefined;
}

/**
 * The pseudonym under the key, if there is one, and the id itself: what was kept before a job had pseudonyms is under
 * the id. Rejects with BAD_OPTION for a key that cannot be used, and where pseudonyms are in the index and only the key
 * can tell whose they are.
 */
export async function namesOf(
  { kind, id, redactKeyFile }: Asked,
  client: OpenSearchClient,
  index: string,
): Promise<readonly string[]> {
  if (redactKeyFile !== undefined) {
    const redactor = redactorOf({ pseudonymisesUsers: true, key: keyFileOf(redactKeyFile) });
    return [...new Set([redactor.nameOf(kind, id), id])];
  }
  if (isPseudonym(id) || !(await holdsPseudonyms(client, index))) return [id];
  throw new JobError(
    "BAD_OPTION",
    `Index "${index}" holds pseudonyms in the place of users, and nothing was erased yet: give the job's --redact-key-file, so that they are found by the id, or give the pseudonym.`,
  );
}
