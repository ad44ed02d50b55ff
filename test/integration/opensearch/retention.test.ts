import assert from "node:assert/strict";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import type { OpenSearchClient, OpenSearchRequest } from "../../../src/io/opensearch/requests/client";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { countExpired, purge } from "../../../src/io/opensearch/erasing/purge";
import { alertIndexOf, openSearchSettings } from "../../../src/io/opensearch/settings";
import { START_MS } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";

const at = (minutes: number): string => new Date(START_MS + minutes * 60_000).toISOString();
/** Sessions that ended in the first two minutes are old. */
const BEFORE_MS = START_MS + 2.5 * 60_000;
const NONE = { documents: 0, deadLetters: 0, alerts: 0 };

class Killed extends Error {}

describe("a purge in a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  withOpenSearch((server) => ({ url, client } = server));

  const settings = () =>
    openSearchSettings({ connection: { endpoint: url }, index: "old", dimension: 8, stream: "chat" });
  const indexes = () => ({ ...settings(), alertIndex: alertIndexOf("old") });

  type Own = readonly (readonly [index: string, id: string, document: object])[];
  async function put(documents: Own): Promise<void> {
    for (const name of new Set(documents.map(([index]) => index))) {
      const own = documents.filter(([index]) => index === name);
      const lines = own.flatMap(([, _id, document]) => [{ index: { _id } }, document]);
      const bulk = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      const { status, body } = await client.request({ method: "POST", path: `/${name}/_bulk`, lines: bulk });
      assert.ok(status === 200 && (body as { errors: boolean }).errors === false, JSON.stringify(body));
    }
  }

  /** Ids of the documents that are left in an index. */
  async function left(index: string): Promise<readonly string[]> {
    await client.request({ method: "POST", path: `/${index}/_refresh` });
    const json = { size: 1_000, _source: false };
    const { body } = await client.request({ method: "POST", path: `/${index}/_search`, json });
    return (body as { hits: { hits: { _id: string }[] } }).hits.hits.map(({ _id }) => _id).toSorted();
  }

  /** Sessions of three users: alice's are old, bob's partly, and carl's young; letters and alerts. */
  async function fill(): Promise<void> {
    const { index, deadLetterIndex, ledgerIndex, alertIndex } = indexes();
    const users = { alice: [1, 2], bob: [2, 3], carl: [4] };
    const session = (userId: string, minute: number): object => ({ userId, start: at(minute), end: at(minute) });
    const entry = (id: string, minute: number): object => ({
      ...{ id, start: at(minute), end: at(minute), added: at(minute), announcement: "a" },
    });
    const letter = (id: string, minute: number, chunkCount = 1): object => ({
      ...{ id, code: "UNREADABLE", kind: "record", time: at(minute), writtenAt: at(minute), chunkCount },
    });
    const chunk = (chunkOf: string, minute: number): object => ({
      ...{ chunkOf, time: at(minute), writtenAt: at(minute) },
    });
    await put([
      ...Object.entries(users).flatMap(([userId, minutes]) => [
        ...minutes.map((minute) => [index, `${userId} ${minute}`, session(userId, minute)] as const),
        [
          ledgerIndex,
          keyHash(userId),
          { userId, entries: minutes.map((minute) => entry(`${userId} ${minute}`, minute)) },
        ] as const,
      ]),
      [deadLetterIndex, "old", letter("old", 1, 2)],
      [deadLetterIndex, "old.1", chunk("old", 1)],
      [deadLetterIndex, "young", letter("young", 4, 2)],
      [deadLetterIndex, "young.1", chunk("young", 4)],
      [alertIndex, "old", { end: at(1) }],
      [alertIndex, "young", { end: at(4) }],
    ]);
  }

  before(async () => {
    await prepareOpenSearch(settings());
    const path = "/old*/_settings";
    await client.request({ method: "PUT", path, json: { index: { refresh_interval: "-1" } } });
  });

  it("counts and takes what no search finds yet, and takes the old out of ledgers", async () => {
    await fill();
    const { index, deadLetterIndex, ledgerIndex, alertIndex } = indexes();
    const expected = { documents: 3, deadLetters: 1, alerts: 1 };
    assert.deepEqual(await countExpired(client, indexes(), BEFORE_MS), expected);
    assert.deepEqual(await purge(client, indexes(), BEFORE_MS, 1_000), expected);
    assert.deepEqual(await purge(client, indexes(), BEFORE_MS, 1_000), NONE);
    assert.deepEqual(await left(index), ["bob 3", "carl 4"]);
    assert.deepEqual(await left(deadLetterIndex), ["young", "young.1"]);
    assert.deepEqual(await left(alertIndex), ["young"]);
    assert.deepEqual(await left(ledgerIndex), ["bob", "carl"].map(keyHash).toSorted());
    const { body } = await client.request({ method: "GET", path: `/${ledgerIndex}/_doc/${keyHash("bob")}` });
    const { entries } = (body as { _source: { entries: { id: string }[] } })._source;
    assert.deepEqual(
      entries.map(({ id }) => id),
      ["bob 3"],
    );
  });

  it("leaves nothing old, and no key of it, after it was killed at any request, and run again", async () => {
    const { index, deadLetterIndex, ledgerIndex, alertIndex } = indexes();
    for (let killedAt = 1; ; killedAt++) {
      assert.ok(killedAt < 100, "the purge makes requests for ever");
      await fill();
      let requests = 0;
      const killer: OpenSearchClient = {
        // The request has arrived, and nobody reads the answer.
        async request(request: OpenSearchRequest) {
          const answer = await client.request(request);
          if (++requests === killedAt) throw new Killed();
          return answer;
        },
        close: async () => undefined,
      };
      const isKilled = await purge(killer, indexes(), BEFORE_MS, 1_000).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Killed) return true;
          throw error;
        },
      );
      await purge(client, indexes(), BEFORE_MS, 1_000);
      const what = `killed at request ${killedAt}`;
      assert.deepEqual(await left(index), ["bob 3", "carl 4"], what);
      assert.deepEqual(await left(ledgerIndex), ["bob", "carl"].map(keyHash).toSorted(), what);
      assert.deepEqual(await left(deadLetterIndex), ["young", "young.1"], what);
      assert.deepEqual(await left(alertIndex), ["young"], what);
      if (isKilled) continue;
      assert.ok(killedAt > 15);
      return;
    }
  });

  it("leaves no chunk whose letter is gone or has fewer of them, and the entry of a writer who is under way", async () => {
    await fill();
    const { deadLetterIndex, ledgerIndex } = indexes();
    const now = new Date().toISOString();
    const announced = { id: "dora 1", start: at(1), end: at(1), added: now, announcement: "a" };
    await put([
      // Killed before their letters, or written anew with fewer chunks.
      [deadLetterIndex, "killed.1", { chunkOf: "killed", time: at(1), writtenAt: at(1) }],
      [deadLetterIndex, "killed.2", { chunkOf: "killed", time: at(4), writtenAt: at(4) }],
      // Without times, as older versions wrote them.
      [deadLetterIndex, "gone.1", { chunkOf: "gone", writtenAt: at(4) }],
      [deadLetterIndex, "gone.2", { chunkOf: "gone" }],
      [deadLetterIndex, "young.1", { chunkOf: "young" }],
      [deadLetterIndex, "young.2", { chunkOf: "young" }],
      [deadLetterIndex, "just.1", { chunkOf: "just", writtenAt: now }],
      [ledgerIndex, keyHash("dora"), { userId: "dora", entries: [announced] }],
      [ledgerIndex, keyHash("erased"), { erasedBefore: at(4), entries: [{ ...announced, added: at(1) }] }],
    ]);
    await purge(client, indexes(), BEFORE_MS, 1_000);
    assert.deepEqual(await left(deadLetterIndex), ["just.1", "killed.2", "young", "young.1"]);
    assert.deepEqual(await left(ledgerIndex), ["bob", "carl", "dora", "erased"].map(keyHash).toSorted());
    const { body } = await client.request({ method: "GET", path: `/${ledgerIndex}/_doc/${keyHash("erased")}` });
    assert.deepEqual((body as { _source: object })._source, { erasedBefore: at(4), entries: [] });
  });
});
