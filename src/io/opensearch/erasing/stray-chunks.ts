/** Finds chunks of dead letters' payloads that older versions wrote without a time, and whose letters are gone. */
import type { OpenSearchClient } from "../requests/client";
import { chunkIds } from "../letters/dead-letter-document";
import { BY_WRITING, documentsInOrder } from "../requests/in-order";
import type { IndexAccess } from "../writing/index-access";
import { hasIndex } from "../ledgers/ledger-upkeep";

/** Chunks of one look for their letters. */
const BATCH = 100;
/** No write takes as long, so its letter must be there. */
const MAX_WRITE_MS = 3_600_000;

interface Chunk {
  readonly chunkOf: string;
  readonly writtenAt?: string;
}

/** Yields the ids of such chunks, up to `BATCH` at a time. Rejects with a `JobError`. */
export async function* strayChunks(
  client: OpenSearchClient,
  access: Pick<IndexAccess, "get">,
  index: string,
): AsyncGenerator<readonly string[]> {
  if (!(await hasIndex(client, index))) return;
  const query = { bool: { filter: [{ exists: { field: "chunkOf" } }], must_not: [{ exists: { field: "time" } }] } };
  let batch: { readonly id: string; readonly chunkOf: string }[] = [];
  for await (const { _id, _source } of documentsInOrder<Chunk>(
    client,
    index,
    ["chunkOf", "writtenAt"],
    query,
    BY_WRITING,
  )) {
    const { chunkOf, writtenAt } = _source;
    if (writtenAt !== undefined && Date.parse(writtenAt) >= Date.now() - MAX_WRITE_MS) continue;
    batch.push({ id: _id, chunkOf });
    if (batch.length < BATCH) continue;
    yield await withoutLetters(access, index, batch);
    batch = [];
  }
  yield await withoutLetters(access, index, batch);
}

async function withoutLetters(
  access: Pick<IndexAccess, "get">,
  index: string,
  chunks: readonly { readonly id: string; readonly chunkOf: string }[],
): Promise<readonly string[]> {
  const letters = [...new Set(chunks.map(({ chunkOf }) => chunkOf))];
  const found = await access.get<{ readonly chunkCount?: number }>(index, letters, ["chunkCount"]);
  const held = new Set(
    found.flatMap((letter) =>
      letter === undefined ? [] : chunkIds({ id: letter.id, chunkCount: letter.source.chunkCount ?? 1 }),
    ),
  );
  return chunks.flatMap(({ id }) => (held.has(id) ? [] : [id]));
}
