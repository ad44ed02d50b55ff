import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chatMessage, sessionPart, START_MS } from "../../support/opensearch/embedded-parts";
import { isFatal } from "../../support/chat/fatal";
import { withOpenSearch } from "../../support/opensearch/server";
import { harness } from "../../support/opensearch/write-elements";
import type { BulkOperation } from "../../../src/io/opensearch/requests/bulk";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import {
  countDeadLetters,
  type DeadLetterEntry,
  type DeadLetterFilter,
  getDeadLetter,
  listDeadLetters,
  readDeadLetters,
} from "../../../src/io/opensearch/letters/dead-letter-store";
import { settleRedriven } from "../../../src/io/opensearch/letters/settle-letters";
import { deadLetterOperations, PAYLOAD_CHUNK_BYTES } from "../../../src/io/opensearch/letters/dead-letter-document";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { openSearchSettings, type OpenSearchSettings } from "../../../src/io/opensearch/settings";
import { writeDeadLetters } from "../../../src/io/opensearch/letters/write-dead-letters";
import type { DeadLetter } from "../../../src/chat/model";
import { sessionDeadLetter } from "../../../src/chat/steps/letters/dead-letter";
import { deadLetterId } from "../../../src/chat/steps/documents/document";
import { partOfLetter } from "../../../src/chat/steps/letters/part-of-letter";

function recordLetter(number: number, payload: Uint8Array = Buffer.from(`{"broken":${number}`)): DeadLetter {
  return {
    code: number % 2 === 0 ? "UNREADABLE" : "NO_USER",
    stage: "parse",
    reason: "The record is not JSON.",
    kind: "record",
    payload,
    messageCount: 1,
    position: { shardId: "shardId-000000000001", sequenceNumber: String(number), subSequenceNumber: 0 },
    // Many letters share a time, so that pages end amid them.
    timestampMs: START_MS + Math.floor(number / 700),
  };
}

describe("dead letters in a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  withOpenSearch((server) => ({ url, client } = server));

  function settings(index: string): OpenSearchSettings {
    return openSearchSettings({ connection: { endpoint: url }, index, dimension: 8, stream: "chat" });
  }

  async function written(index: string, letters: readonly DeadLetter[]) {
    const of = settings(index);
    await prepareOpenSearch(of);
    const write = await harness(writeDeadLetters(of), []);
    await write.call(letters);
    await write.close();
    await client.request({ method: "POST", path: `/${of.deadLetterIndex}/_refresh` });
    return { store: { client, index: of.deadLetterIndex }, metrics: write.metrics };
  }

  async function entries(
    store: { client: OpenSearchClient; index: string },
    filter: DeadLetterFilter = {},
    limit?: number,
  ) {
    const found: DeadLetterEntry[] = [];
    for await (const entry of listDeadLetters(store, filter, limit)) found.push(entry);
    return found;
  }

  it("come back as they were: record and session", async () => {
    const part = sessionPart("bob", [chatMessage(1), chatMessage(2), chatMessage(3)]);
    const letters = [
      recordLetter(1, randomBytes(300)),
      sessionDeadLetter("MODEL_REFUSED", "The model rejected it.", part),
    ];
    const { store, metrics } = await written("whole", letters);
    assert.equal(metrics.values.get("deadLetters"), 4);
    for (const letter of letters) {
      const stored = await getDeadLetter(store, deadLetterId(letter));
      assert.deepEqual(
        { ...stored?.letter, payload: Buffer.from(stored?.letter.payload ?? []) },
        { ...letter, payload: Buffer.from(letter.payload) },
      );
      assert.equal(stored?.entry.attempts, 1);
    }
    assert.deepEqual(partOfLetter((await getDeadLetter(store, deadLetterId(letters[1]!)))!.letter), part);
    assert.equal(await getDeadLetter(store, "no-such-id"), undefined);
  });

  it("are listed page by page, filtered, each once", async () => {
    const letters = Array.from({ length: 1_750 }, (_, number) => recordLetter(number));
    const { store } = await written("pages", letters);
    const all = await entries(store);
    assert.equal(all.length, 1_750);
    assert.equal(new Set(all.map(({ id }) => id)).size, 1_750);
    assert.equal((await entries(store, { code: "NO_USER" })).length, 875);
    assert.equal((await entries(store, { stage: "embed" })).length, 0);
    assert.equal((await entries(store, {}, 501)).length, 501);
    assert.equal(
      (await entries(store, { id: all[1_234]!.id }))[0]?.position.sequenceNumber,
      all[1_234]!.position.sequenceNumber,
    );
    assert.equal(await countDeadLetters(store, { code: "UNREADABLE" }), 875);
    assert.equal((await entries({ client, index: "no-such-index" })).length, 0);
  });

  it("overwrite themselves, whatever they failed of", async () => {
    const { store } = await written("same", [recordLetter(1)]);
    await written("same", [{ ...recordLetter(1), code: "TOO_LARGE", reason: "Now it is too large." }]);
    const all = await entries(store);
    assert.deepEqual(
      all.map(({ code }) => code),
      ["TOO_LARGE"],
    );
  });

  it("hold payloads larger than a request", async () => {
    const payload = randomBytes(PAYLOAD_CHUNK_BYTES * 2 + 5);
    const { store } = await written("huge", [recordLetter(1, payload), recordLetter(2)]);
    const all = [];
    for await (const stored of readDeadLetters(store, await entries(store))) all.push(stored);
    assert.equal(all.length, 2);
    const huge = all.find(({ entry }) => entry.chunkCount === 3);
    assert.ok(huge !== undefined && Buffer.from(huge.letter.payload).equals(payload));
    assert.deepEqual(await settleRedriven(store, [huge.entry]), { succeeded: 1, failedAgain: 0 });
    const { body } = await client.request({ method: "GET", path: `/${store.index}/_count` });
    assert.equal((body as { count: number }).count, 1);
  });

  it("that are written again with fewer chunks leave none behind, and each chunk tells its letter's time", async () => {
    const letter = recordLetter(1, randomBytes(PAYLOAD_CHUNK_BYTES + 5));
    const { store } = await written("fewer", [letter]);
    const json = { query: { exists: { field: "chunkOf" } }, _source: ["time"] };
    const { body } = await client.request({ method: "POST", path: `/${store.index}/_search`, json });
    const { hits } = (body as { hits: { hits: { _source: object }[] } }).hits;
    assert.deepEqual(
      hits.map(({ _source }) => _source),
      [{ time: new Date(letter.timestampMs).toISOString() }],
    );
    const write = await harness(writeDeadLetters({ ...settings("fewer"), letters: { kind: "drop" } }), []);
    await write.call([letter]);
    await write.close();
    await client.request({ method: "POST", path: `/${store.index}/_refresh` });
    const { body: counted } = await client.request({ method: "GET", path: `/${store.index}/_count` });
    assert.equal((counted as { count: number }).count, 1);
  });

  it("that succeed in a redrive go, and those that fail again stay with one attempt more", async () => {
    const letters = Array.from({ length: 6 }, (_, number) => recordLetter(number));
    const { store } = await written("redriven", letters);
    const before = await entries(store);
    await written("redriven", letters.slice(0, 2));
    assert.deepEqual(await settleRedriven(store, before), { succeeded: 4, failedAgain: 2 });
    const after = await entries(store);
    assert.deepEqual(
      after.map(({ attempts }) => attempts),
      [2, 2],
    );
    await written("redriven", letters.slice(0, 1));
    assert.deepEqual(await settleRedriven(store, after), { succeeded: 1, failedAgain: 1 });
    assert.deepEqual(
      (await entries(store)).map(({ attempts }) => attempts),
      [3],
    );
  });

  for (const when of ["before", "while"] as const) {
    it(`that a job writes again keep their chunks, which came ${when} the redriven ones go`, async () => {
      const payload = randomBytes(PAYLOAD_CHUNK_BYTES + 5);
      const letter = recordLetter(1, payload);
      const { store } = await written(`again-${when}`, [letter]);
      const before = await entries(store);
      const [chunk, own] = deadLetterOperations(letter, Date.now() + 1);
      const put = async (operation: BulkOperation | undefined): Promise<void> => {
        const path = `/${store.index}/_bulk`;
        const { status } = await client.request({ method: "POST", path, lines: operation!.lines });
        assert.equal(status, 200);
      };
      let deletions = 0;
      const replayed: OpenSearchClient = {
        async request(request) {
          const isFirst = request.path.endsWith("_bulk") && ++deletions === 1;
          const answer = await client.request(request);
          if (isFirst && when === "while") await put(chunk);
          if (isFirst) await put(own);
          return answer;
        },
        close: async () => undefined,
      };
      if (when === "before") await put(chunk);
      assert.deepEqual(await settleRedriven({ ...store, client: replayed }, before), { succeeded: 1, failedAgain: 0 });
      await client.request({ method: "POST", path: `/${store.index}/_refresh` });
      const kept = [];
      for await (const stored of readDeadLetters(store, await entries(store))) kept.push(stored);
      assert.ok(kept.length === 1 && Buffer.from(kept[0]!.letter.payload).equals(payload));
    });
  }

  it("that the cluster refuses end the run", async () => {
    const of = settings("refused");
    await client.request({
      method: "PUT",
      path: `/${of.deadLetterIndex}`,
      json: { mappings: { properties: { position: { type: "keyword" } } } },
    });
    const write = await harness(writeDeadLetters(of), []);
    await assert.rejects(write.call([recordLetter(1)]), isFatal("INDEX_MISFIT", /"refused-dead-letters" does not fit/));
    await write.close();
  });
});
