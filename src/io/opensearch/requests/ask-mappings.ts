import { JobError } from "../../../chat/errors";
import { noAnswer } from "./ask";
import { NoAnswer, type OpenSearchClient } from "./client";

const NOT_FOUND = 404;
const TOO_MANY_REQUESTS = 429;
const NOT_IMPLEMENTED = 501;

/**
 * Asks once for the mappings of an index, or of those behind an alias, by their names. Undefined while there is no such
 * index; none where they will not be told, as to credentials that may only search. Rejects with SERVICE_UNREACHABLE in
 * trouble that may pass.
 */
export async function askMappings<Mapping>(
  client: OpenSearchClient,
  index: string,
  filterPath: string,
): Promise<Readonly<Record<string, Mapping>> | undefined> {
  const request = { method: "GET", path: `/${index}/_mapping`, query: { filter_path: filterPath } } as const;
  const { status, body } = await client.request(request).catch((cause: unknown) => {
    throw cause instanceof NoAnswer ? noAnswer(cause) : cause;
  });
  if (status === 200) return body as Readonly<Record<string, Mapping>>;
  if (status === NOT_FOUND) return undefined;
  if (status === NOT_IMPLEMENTED || (status !== TOO_MANY_REQUESTS && status < 500)) return {};
  throw new JobError(
    "SERVICE_UNREACHABLE",
    `OpenSearch could not tell what index "${index}" holds (status ${status}): try again.`,
  );
}
