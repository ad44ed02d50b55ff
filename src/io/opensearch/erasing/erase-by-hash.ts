/** Erases what tells by hashes whose it is: dead letters and alerts. */
import { JobError } from "../../../chat/errors";
import { ask } from "../requests/ask";
import { deleteOperation } from "../requests/bulk";
import type { OpenSearchClient } from "../requests/client";
import type { IndexAccess } from "../writing/index-access";

/** Documents of one search and one bulk. */
const PAGE_SIZE = 500;

interface Page {
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _seq_no: number;
      readonly _primary_term: number;
      readonly _source: { readonly chunkOf?: string };
    }[];
  };
}

/**
 * Records of this author, and whatever is of this session key, that were sent or written before this time. An alert has
 * the same fields, and no kind. What does not tell when it was written is a chunk of an older version.
 */
function ofKey(hash: string, before: string): object {
  const byAuthor = [{ term: { userHashes: hash } }, { bool: { must_not: [{ term: { kind: "session" } }] } }];
  const should = [{ term: { sessionKeyHash: hash } }, { term: { userHash: hash } }, { bool: { filter: byAuthor } }];
  const isOlder = [
    { range: { time: { lt: before } } },
    { range: { writtenAt: { lt: before } } },
    { bool: { must_not: [{ exists: { field: "writtenAt" } }] } },
  ];
  const filter = [{ bool: { should: isOlder, minimum_should_match: 1 } }];
  return { bool: { should, minimum_should_match: 1, filter } };
}

/**
 * Deletes the letters, or alerts, of a key, with all chunks of their payloads. Resolves with their number; 0 where
 * there is no such index. Chunks that were left by a kill are found by themselves.
 */
export async function eraseByHash(
  client: OpenSearchClient,
  access: IndexAccess,
  index: string,
  { hash, erasedBeforeMs }: { readonly hash: string; readonly erasedBeforeMs: number },
): Promise<number> {
  let erased = 0;
  const query = ofKey(hash, new Date(erasedBeforeMs).toISOString());
  for (;;) {
    await access.refresh(index);
    const json = { size: PAGE_SIZE, query, _source: ["chunkOf"], seq_no_primary_term: true };
    const { hits } = (await searched<Page>(client, index, json))?.hits ?? { hits: [] };
    if (hits.length === 0) return erased;
    const outcomes = await access.send(
      index,
      hits.map(({ _id, _seq_no: seqNo, _primary_term: primaryTerm }) => deleteOperation(_id, { seqNo, primaryTerm })),
    );
    erased += hits.filter(({ _source }, place) => outcomes[place]!.stored && _source.chunkOf === undefined).length;
  }
}

/** Letters that do not tell whose they are: unreadable ones, and those of older versions. */
export async function countWithoutSubject(client: OpenSearchClient, index: string): Promise<number> {
  const query = { bool: { must_not: [{ exists: { field: "userHashes" } }, { exists: { field: "chunkOf" } }] } };
  const found = await searched<{ hits: { total: { value: number } } }>(client, index, {
    ...{ size: 0, track_total_hits: true, query },
  });
  return found?.hits.total.value ?? 0;
}

/** Undefined where there is no such index. */
export async function searched<T>(client: OpenSearchClient, index: string, json: object): Promise<T | undefined> {
  const answer = await ask(client, index, { method: "POST", path: `/${index}/_search`, json });
  if (answer.status === 404) return undefined;
  if (answer.status === 200) return answer.body as T;
  throw new JobError(
    "SERVICE_UNREACHABLE",
    `OpenSearch could not search index "${index}" (status ${answer.status}): look at the cluster's health, then try again.`,
  );
}
