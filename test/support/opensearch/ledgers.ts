/** Compares an index with its ledgers, with no code of the job. */
import assert from "node:assert/strict";
import { Client } from "@opensearch-project/opensearch";
import { z } from "zod";

const LEDGER = z.object({
  userId: z.string(),
  entries: z.array(z.object({ id: z.string(), start: z.iso.datetime(), end: z.iso.datetime() })),
});
const DOCUMENT = z.looseObject({ userId: z.string(), start: z.iso.datetime(), end: z.iso.datetime() });

async function all(
  client: Client,
  index: string,
): Promise<readonly { readonly id: string; readonly source: unknown }[]> {
  await client.indices.refresh({ index });
  const { body } = await client.search({ index, size: 10_000, _source_excludes: ["embedding"] });
  return body.hits.hits.map(({ _id, _source }) => ({ id: String(_id), source: _source as unknown }));
}

/** Fails unless the ledgers list exactly the documents of the index, each in its user's, and each within its span. */
export async function assertLedger(url: string, index: string): Promise<void> {
  const client = new Client({ node: url });
  try {
    const documents = (await all(client, index)).map(({ id, source }) => ({ id, ...DOCUMENT.parse(source) }));
    const ledgers = (await all(client, `${index}-ledger`)).map(({ source }) => LEDGER.parse(source));
    const listed = ledgers.flatMap(({ userId, entries }) => entries.map(({ id }) => `${userId} ${id}`));
    assert.deepEqual(listed.toSorted(), documents.map(({ userId, id }) => `${userId} ${id}`).toSorted());
    const entries = new Map(ledgers.flatMap((ledger) => ledger.entries.map((entry) => [entry.id, entry] as const)));
    for (const { id, start, end } of documents) {
      const entry = entries.get(id)!;
      assert.ok(entry.start <= start && entry.end >= end, `the entry of ${id} does not cover it`);
    }
  } finally {
    await client.close();
  }
}
