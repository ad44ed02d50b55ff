/** The job on an index that takes some documents, or none. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { openSearchClient, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { documentIndex } from "../../../src/io/opensearch/indexes/mapping";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { resultOf, startJob } from "../../support/chat/job";
import { putChat } from "../../support/kinesis/producer";
import type { PlannedRecord } from "../../support/chat/random-chat";
import { modelCalls } from "../../support/model-calls";
import { startServices, type TestServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { until } from "../../support/until";

const HOUR_MS = 3_600_000;
const LIMIT_MS = 60_000;
/** Sessions end by event time alone. */
const LIVE = ["--start-position", "TRIM_HORIZON", "--idle-timeout", "1h", "--allowed-disorder", "10s"];
const BAD = Array.from({ length: 4 }, (_, number) => `bad${number}`);
const GOOD = Array.from({ length: 12 }, (_, number) => `good${number}`);
const START_MS = Date.now() - 12 * HOUR_MS;

function chat(userId: string, hours: number, content = "where is my parcel?"): PlannedRecord {
  const message = { userId, content, messageId: `${userId}-${hours}`, timestampMs: START_MS + hours * HOUR_MS };
  return { partitionKey: userId, messages: [message] };
}

describe("the job on an index that refuses documents", function () {
  this.timeout(180_000);
  let services: TestServices;
  let openSearch: OpenSearchClient;

  before(async () => {
    services = await startServices();
    const connection = {
      endpoint: services.openSearch.url(),
      auth: { kind: "none" },
      requestTimeoutMs: 30_000,
    } as const;
    openSearch = openSearchClient(connection);
  });
  after(async () => {
    await openSearch?.close();
    await services?.stop();
  });

  /** An index as the job makes it, made by someone else. */
  async function makeIndex(name: string, extra: object, settings: object = {}): Promise<void> {
    const of = openSearchSettings({ connection: { endpoint: "" }, index: name, dimension: 1_536, stream: name });
    const { settings: own, mappings } = documentIndex(of, false);
    const json = { settings: { ...own, ...settings }, mappings: { ...mappings, _meta: {} }, ...extra };
    await put(`/${name}`, json);
  }

  async function put(path: string, json: object): Promise<void> {
    const { status, body } = await openSearch.request({ method: "PUT", path, json });
    assert.equal(status, 200, JSON.stringify(body));
  }

  /** An index whose pipeline drops what is sensitive and fails on unknown users. */
  async function makePicky(name: string): Promise<void> {
    const fail = { if: 'ctx.userId.startsWith("bad")', message: "unknown user" };
    await put("/_ingest/pipeline/picky", { processors: [{ drop: { if: "ctx.sensitive == true" } }, { fail }] });
    await makeIndex(name, {}, { "index.default_pipeline": "picky" });
  }

  it("keeps as dead letters what a pipeline drops or always fails on, stores the rest, and ends", async () => {
    const stream = "picky-once";
    await services.kinesis.createStream(stream, 1);
    await makePicky(stream);
    const card = chat("carol", 0, "my card number is 4111 1111 1111 1111");
    await putChat(services.kinesis.client, stream, [card, ...[...BAD, ...GOOD].map((user) => chat(user, 1))]);
    const result = resultOf(await startJob(services.targets(stream), ["--once"]).ended);
    const { read, indexed, documents, deadLetters } = result;
    assert.deepEqual(
      { read, indexed, documents, deadLetters },
      { read: 17, indexed: 12, documents: 12, deadLetters: 5 },
    );
    const stored = new StoredIndex(services.openSearch.url(), stream);
    assert.deepEqual((await stored.parts()).map(({ userId }) => userId).sort(), [...GOOD].sort());
    const codes = (await stored.deadLetters()).map(({ code, stage }) => `${code} ${stage}`);
    assert.deepEqual(
      codes,
      Array.from({ length: 5 }, () => "DOCUMENT_REFUSED write"),
    );
    await stored.close();
  });

  it("stores others while four documents keep failing, and ends by Ctrl-C", async () => {
    const stream = "picky-live";
    await services.kinesis.createStream(stream, 1);
    await makePicky(stream);
    const { client } = services.kinesis;
    const job = startJob(services.targets(stream), LIVE);
    const stored = new StoredIndex(services.openSearch.url(), stream);
    try {
      // Each ends the session before it, so that each is in a bulk request of its own.
      for (const [hours, user] of BAD.entries()) {
        await putChat(client, stream, [chat(user, hours)]);
        await sleep(500);
      }
      await putChat(client, stream, [...GOOD.map((user) => chat(user, 5)), chat("last", 8)]);
      await until("the good ones are stored", async () => (await stored.count()) >= GOOD.length, LIMIT_MS);
      assert.equal((await stored.deadLetters()).length, 0, "the bad ones are still tried");
      job.signal("SIGINT");
      const { documents, deadLetters, read } = resultOf(await job.ended);
      assert.deepEqual({ read, documents, deadLetters }, { read: 17, documents: 13, deadLetters: 4 });
    } finally {
      job.signal("SIGKILL");
      await job.ended;
      await stored.close();
    }
  });

  it("refuses an alias without a write index before it pays a model", async () => {
    const stream = "aliased";
    await services.kinesis.createStream(stream, 1);
    for (const number of [1, 2]) await makeIndex(`aliased-${number}`, { aliases: { [stream]: {} } });
    await putChat(services.kinesis.client, stream, [chat("alice", 0)]);
    const before = await modelCalls(services);
    const { exitCode, stderr } = await startJob(services.targets(stream), ["--once"]).ended;
    assert.equal(exitCode, 1);
    assert.match(stderr, /"aliased" is an alias of several indexes, and none of them is its write index/);
    assert.equal(await modelCalls(services), before);
  });

  it("ends in one sentence when the index behind its alias is deleted while it runs", async () => {
    const stream = "leaving";
    await services.kinesis.createStream(stream, 1);
    await makeIndex("leaving-1", { aliases: { [stream]: {} } });
    const { client } = services.kinesis;
    const job = startJob(services.targets(stream), LIVE);
    const stored = new StoredIndex(services.openSearch.url(), stream);
    try {
      await putChat(client, stream, [chat("alice", 0), chat("bob", 1)]);
      await until("the first is stored", async () => (await stored.count()) >= 1, LIMIT_MS);
      assert.equal((await openSearch.request({ method: "DELETE", path: "/leaving-1" })).status, 200);
      await putChat(client, stream, [chat("carol", 2)]);
      const { exitCode, stderr } = await job.ended;
      assert.equal(exitCode, 1);
      assert.match(stderr, /The index was deleted or closed while the job ran/);
      assert.equal((await openSearch.request({ method: "GET", path: `/${stream}` })).status, 404);
      assert.equal((await stored.deadLetters()).length, 0);
    } finally {
      job.signal("SIGKILL");
      await job.ended;
      await stored.close();
    }
  });
});
