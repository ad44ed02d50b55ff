import { JobError } from "../../../chat/errors";
import { noAnswer } from "./ask";
import { NoAnswer, type OpenSearchClient } from "./client";

const TOO_MANY_REQUESTS = 429;

/**
 * Asks once for the mappings of an index, or of those behind an alias, by their names. Undefined where nothing will
 * tell them: there is no such index, or the credentials may only search. Rejects with SERVICE_UNREACHABLE in trouble
 * that may pass.
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
  if (status !== TOO_MANY_REQUESTS && status < 500) return undefined;
  throw new JobError(
    "SERVICE_UNREACHABLE",
    `OpenSearch could not tell what index "${index}" holds (status ${status}): try again.`,
  );
}
