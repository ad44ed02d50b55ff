import assert from "node:assert/strict";
import type { OpenSearchClient, OpenSearchRequest } from "../../../src/io/opensearch/requests/client";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { conversationsOf, keysOfHashes } from "../../../src/io/opensearch/erasing/conversations-of";
import { eraseKey } from "../../../src/io/opensearch/erasing/erase";
import { targets } from "../../../src/io/opensearch/indexes/mapping";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { alertIndexOf, openSearchSettings } from "../../../src/io/opensearch/settings";
import { hitsOf } from "../../support/opensearch/all-text";
import { START_MS } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";

const USER = "alice";
const HASH = keyHash(USER);
const ERASED = { hash: HASH, sessionKey: USER, erasedBeforeMs: START_MS + 3_600_000 };
const at = (minutes: number): string => new Date(START_MS + minutes * 60_000).toISOString();

class Killed extends Error {}

describe("an erasure in a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  withOpenSearch((server) => ({ url, client } = server));

  const settings = () =>
    openSearchSettings({ connection: { endpoint: url }, index: "kills", dimension: 8, stream: "chat" });
  const indexes = () => ({ ...settings(), alertIndex: alertIndexOf("kills") });

  /** Session documents of two users, of which one ledger lists some; a large letter, a small one, and an alert. */
  async function fill(): Promise<void> {
    const { index, deadLetterIndex, ledgerIndex, alertIndex } = indexes();
    const session = (userId: string, minute: number): object => ({
      ...{ userId, start: at(minute), end: at(minute), indexedAt: at(minute + 6) },
      messages: [{ author: userId, content: `canary of ${userId}`, timestamp: at(minute) }],
    });
    const entry = (id: string, minute: number): object => ({
      ...{ id, start: at(minute), end: at(minute), added: at(minute), announcement: "a" },
    });
    const letter = (id: string, userId: string, more: object = {}): object => {
      const hashes = { sessionKeyHash: keyHash(userId), userHashes: [keyHash(userId)] };
      return { id, kind: "record", payload: Buffer.from(`canary of ${userId}`).toString("base64"), ...hashes, ...more };
    };
    const documents: readonly (readonly [index: string, id: string, document: object])[] = [
      ...[1, 2, 3, 4].map((minute) => [index, `alice ${minute}`, session(USER, minute)] as const),
      [index, "bob", session("bob", 1)],
      [ledgerIndex, HASH, { userId: USER, entries: [entry("alice 1", 1), entry("alice 2", 2)] }],
      [deadLetterIndex, "small", letter("small", USER)],
      [deadLetterIndex, "large", letter("large", USER, { chunkCount: 2 })],
      [deadLetterIndex, "large.1", letter("", USER, { chunkOf: "large" })],
      [deadLetterIndex, "bob's", letter("bob's", "bob")],
      [alertIndex, "alert", { userHash: HASH, sessionKeyHash: HASH, kind: "threat" }],
    ];
    for (const [name, id, json] of documents) {
      const path = `/${name}/_doc/${encodeURIComponent(id)}`;
      const { status } = await client.request({ method: "PUT", path, json });
      assert.ok(status === 200 || status === 201, `${path}: ${status}`);
    }
  }

  const left = async (): Promise<number> => {
    const hash = new RegExp(`"alice"|canary of alice|"userHash":"${HASH}"`);
    return (await hitsOf(url, "kills", hash)).length;
  };

  it("is whole after it was killed at any request, and run again", async () => {
    await prepareOpenSearch(settings());
    for (const { index } of targets(settings(), false)) assert.match(index, /^kills/);
    let requests = 0;
    for (let killedAt = 1; ; killedAt++) {
      assert.ok(killedAt < 200, "the erasure makes requests for ever");
      await fill();
      assert.equal(await left(), 9);
      requests = 0;
      const killer: OpenSearchClient = {
        // The request has arrived, and nobody reads its answer.
        async request(request: OpenSearchRequest) {
          const answer = await client.request(request);
          if (++requests === killedAt) throw new Killed();
          return answer;
        },
        close: async () => undefined,
      };
      const killed = await eraseKey(killer, ERASED, indexes(), 0).catch((error: unknown) => {
        if (error instanceof Killed) return undefined;
        throw error;
      });
      const again = await eraseKey(client, ERASED, indexes(), 0);
      assert.equal(again.pending, 0);
      assert.equal(await left(), 0, `killed at request ${killedAt}`);
      assert.equal((await hitsOf(url, "kills", /canary of bob/)).length, 2, "others stay");
      if (killed === undefined) continue;
      assert.deepEqual(killed, { documents: 4, deadLetters: 2, alerts: 1, pending: 0, deadLettersOfUnknown: 0 });
      assert.ok(killedAt > 15);
      return;
    }
  });

  it("keeps what was sent after, and finds a key again by its hash alone", async () => {
    await fill();
    const { index, deadLetterIndex, alertIndex } = indexes();
    const json = { userId: USER, start: at(70), end: at(70), indexedAt: at(75) };
    await client.request({ method: "PUT", path: `/${index}/_doc/later`, query: { refresh: true }, json });
    const later = { time: at(70), writtenAt: at(70), sessionKeyHash: HASH };
    for (const [own, of] of [
      [deadLetterIndex, { ...later, kind: "session" }],
      [deadLetterIndex, { writtenAt: at(70), sessionKeyHash: HASH, chunkOf: "another" }],
      [alertIndex, { ...later, userHash: "another" }],
    ] as const) {
      await client.request({ method: "POST", path: `/${own}/_doc`, query: { refresh: true }, json: of });
    }
    await client.request({ method: "PUT", path: `/${index}/_settings`, json: { index: { refresh_interval: "-1" } } });
    const unseen = { ...json, userId: "carl" };
    await client.request({ method: "PUT", path: `/${index}/_doc/unseen`, json: unseen });
    assert.equal((await keysOfHashes(client, index, new Set([keyHash("carl")]))).size, 1, "not yet searchable");
    const keys = await keysOfHashes(client, index, new Set([HASH]));
    assert.deepEqual([...keys], [[HASH, USER]]);
    await eraseKey(client, ERASED, indexes(), 0);
    const hits = await hitsOf(url, "kills", /"alice"|canary of alice/);
    assert.deepEqual(
      hits.map((hit) => JSON.parse(hit.slice(hit.indexOf("{")).trim()) as object),
      [json],
    );
    assert.equal((await hitsOf(url, "kills", new RegExp(`"sessionKeyHash":"${HASH}"`))).length, 3);
  });

  it("finds sessions of other keys in which a user speaks", async () => {
    const { index, deadLetterIndex } = settings();
    const json = { userId: "bob", sessionKey: "ticket-1", participants: [{ id: "agent" }], start: at(1), end: at(1) };
    await client.request({ method: "PUT", path: `/${index}/_doc/ticket`, json });
    const letter = { kind: "session", sessionKeyHash: "of ticket 2", userHashes: [keyHash("agent")] };
    await client.request({ method: "PUT", path: `/${deadLetterIndex}/_doc/ticket`, json: letter });
    for (const own of [index, deadLetterIndex]) await client.request({ method: "POST", path: `/${own}/_refresh` });
    const found = await conversationsOf(client, "agent", settings());
    assert.deepEqual(found, { sessionKeys: ["ticket-1"], hashes: ["of ticket 2"] });
    assert.deepEqual(await conversationsOf(client, "nobody", settings()), { sessionKeys: [], hashes: [] });
  });
});
