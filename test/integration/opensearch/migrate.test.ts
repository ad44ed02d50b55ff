/** An index of the version before is made anew, whatever interrupts that. */
import assert from "node:assert/strict";
import type { SessionDocument } from "../../../src/chat/steps/documents/document";
import { indexVersion } from "../../../src/cli/index-version";
import type { OpenSearchAnswer, OpenSearchClient, OpenSearchRequest } from "../../../src/io/opensearch/requests/client";
import { documentIndex, OWNER } from "../../../src/io/opensearch/indexes/mapping";
import { migrate, planMigration } from "../../../src/io/opensearch/renewing/migrate";
import { prepareLedgers, prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { searchSessions } from "../../../src/io/opensearch/searching/search";
import { openSearchSettings, type OpenSearchSettings } from "../../../src/io/opensearch/settings";
import { isFatal } from "../../support/chat/fatal";
import { embeddedPart, unitVector } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";
import { documentsHarness } from "../../support/opensearch/write-elements";
import { until } from "../../support/until";

const DIMENSION = 16;
/** More than are copied at once. */
const DOCUMENTS = 250;
/** So many that the request is under way for longer than a copy takes to begin. */
const WRITINGS = 20_000;
const silent = (): void => undefined;

class Interrupted extends Error {}

/** Ends a migration right before its last step. */
async function dyingAtSwitch({ path }: OpenSearchRequest): Promise<void> {
  if (path === "/_aliases") throw new Interrupted();
}

describe("making an index of the version before anew", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  withOpenSearch((server) => ({ url, client } = server));

  function settings(index: string): OpenSearchSettings {
    const connection = { endpoint: url };
    return openSearchSettings({ connection, index, dimension: DIMENSION, stream: "s", embeddingModel: "m" });
  }

  async function ask<T = unknown>(method: OpenSearchRequest["method"], path: string, json?: object): Promise<T> {
    const { status, body } = await client.request({ method, path, ...(json === undefined ? {} : { json }) });
    assert.ok(status < 300, `${method} ${path}: ${JSON.stringify(body)}`);
    return body as T;
  }

  /** An index as version 1 made it, with what somebody else has added to it. */
  async function makeOld(index: string, extra: object = {}): Promise<void> {
    const { settings: own, mappings } = documentIndex({ ...settings(index), shards: 2 }, false);
    const properties = {
      ...mappings.properties,
      messages: { type: "object", enabled: false },
      team: { type: "keyword" },
    };
    const { embedding } = mappings._meta as { embedding?: object };
    const meta = { ...OWNER, version: 1, embedding };
    const json = {
      settings: { ...own, "index.refresh_interval": "3s" },
      mappings: { ...mappings, _meta: meta, properties },
    };
    await ask("PUT", `/${index}`, { ...json, ...extra });
  }

  async function fill(from: string, to: string): Promise<void> {
    // A copy sees what was refreshed.
    await ask("POST", `/${from}/_refresh`);
    await ask("POST", "/_reindex?refresh=true", { source: { index: from }, dest: { index: to } });
  }

  async function documents(index: string): Promise<Record<string, unknown>> {
    await ask("POST", `/${index}/_refresh`);
    const found = await ask<{ hits: { hits: { _id: string; _source: object }[] } }>("POST", `/${index}/_search`, {
      size: 1_000,
    });
    return Object.fromEntries(found.hits.hits.map(({ _id, _source }) => [_id, _source]));
  }

  /** Writings that the index has carried out. */
  async function indexedIn(index: string): Promise<number> {
    const stats = await ask<{ _all: { primaries: { indexing: { index_total: number } } } }>(
      "GET",
      `/${index}/_stats/indexing`,
    );
    return stats._all.primaries.indexing.index_total;
  }

  /** The client, which first does `before` with each request; an answer of it is taken instead of OpenSearch's. */
  function clientWith(before: (request: OpenSearchRequest) => Promise<OpenSearchAnswer | void>): OpenSearchClient {
    return {
      close: () => client.close(),
      request: async (request) => (await before(request)) ?? client.request(request),
    };
  }

  const amend = async (index: string, id: string, summary: string): Promise<void> =>
    void (await ask("POST", `/${index}/_update/${id}`, { doc: { summary } }));

  const parts = Array.from({ length: DOCUMENTS }, (_, index) => embeddedPart(index, DIMENSION));

  before(async () => {
    await prepareOpenSearch(settings("seed"));
    const write = await documentsHarness(settings("seed"));
    assert.equal((await write.call(parts)).written.length, DOCUMENTS);
    await write.close();
  });

  it("keeps documents, ids, names, ledgers and what others have added; then the job and searches go on", async () => {
    await makeOld("chats", { aliases: { everyone: { is_write_index: true } } });
    await fill("seed", "chats");
    await prepareLedgers(settings("chats"));
    await fill("seed-ledger", "chats-ledger");
    const had = await documents("chats");
    await assert.rejects(
      prepareOpenSearch(settings("chats")),
      isFatal("INDEX_MISFIT", /npm run index -- migrate --index chats/),
    );

    const command = (action: string) =>
      indexVersion([action, "--index", "chats", "--opensearch-endpoint", url], {}, silent);
    assert.match(await command("plan"), /copy 250 documents \(\d+ MiB\) to "chats-v2",\n.*make "chats" a name/);
    assert.deepEqual(await documents("chats"), had);
    assert.match(await command("migrate"), /^"chats" is a name of the index "chats-v2" now, which holds 250 documents/);
    assert.match(await command("migrate"), /needs nothing/);
    assert.equal(await planMigration(client, "chats", false), undefined);

    assert.deepEqual(await documents("chats"), had);
    assert.deepEqual(await documents("everyone"), had);
    const made = (
      await ask<Record<string, { mappings: { properties: object }; settings: { index: object }; aliases: object }>>(
        "GET",
        "/chats-v2",
      )
    )["chats-v2"]!;
    assert.ok("team" in made.mappings.properties);
    const { number_of_shards, refresh_interval, blocks } = made.settings.index as Record<string, unknown>;
    assert.deepEqual([number_of_shards, refresh_interval, blocks], ["2", "3s", undefined]);
    assert.deepEqual(made.aliases, { chats: {}, everyone: { is_write_index: true } });

    await prepareOpenSearch(settings("chats"));
    const write = await documentsHarness(settings("chats"));
    assert.deepEqual((await write.call(parts.slice(0, 20))).written, [], "what is there is known");
    assert.equal((await write.call([embeddedPart(DOCUMENTS, DIMENSION)])).written.length, 1);
    await write.close();
    const question = { text: '"message 14"', mode: "hybrid", limit: 5 } as const;
    const { hits } = await searchSessions(client, "chats", question, async () => unitVector(DIMENSION, 3));
    assert.deepEqual(
      hits.map(({ document }) => document.userId),
      ["user-7"],
    );
  });

  it("goes on when it is called again, wherever it was interrupted", async () => {
    await makeOld("broken");
    await fill("seed", "broken");
    const had = await documents("broken");
    let runs = 0;
    const done = new Set<string>();
    for (; ; runs++) {
      let isCut = false;
      // Dies right after the first change that no run before has died after.
      const dying: OpenSearchClient = {
        close: () => client.close(),
        async request(request) {
          if (isCut) throw new Interrupted();
          const answer = await client.request(request);
          const step = `${request.method} ${request.path}`;
          if (request.method !== "GET" && !/_(refresh|search)$/.test(step) && !done.has(step)) {
            done.add(step);
            isCut = true;
          }
          return answer;
        },
      };
      const outcome = await migrate(dying, "broken", false, silent).catch((error: unknown) => error);
      if (outcome === undefined) break;
      assert.ok(isCut, `run ${runs} failed by itself`);
      assert.deepEqual(await documents("broken"), had, `after run ${runs}`);
    }
    assert.equal(runs, done.size);
    // A copy that the next run finds under way is ended, which is a change too.
    assert.equal([...done].filter((step) => !step.endsWith("/_cancel")).length, 5);
    assert.equal(await planMigration(client, "broken", false), undefined);
  });

  it("copies what was amended right before the block, which no search finds yet", async () => {
    await makeOld("amended");
    await fill("seed", "amended");
    await ask("PUT", "/amended/_settings", { "index.refresh_interval": "-1" });
    const [id = ""] = Object.keys(await documents("amended"));
    let isAmended = false;
    const amending = clientWith(async ({ method, path }) => {
      if (method !== "PUT" || !/^\/amended\/(_block|_settings)/.test(path) || isAmended) return;
      isAmended = true;
      await amend("amended", id, "new");
    });
    await migrate(amending, "amended", false, silent);
    const { [id]: document } = await documents("amended");
    assert.equal((document as SessionDocument).summary, "new");
  });

  for (const isAllowed of [true, false]) {
    const where = isAllowed ? "" : ", also where the Blocks API is not allowed";
    it(`copies what a request that was under way at the block has written${where}`, async () => {
      const index = isAllowed ? "busy" : "busier";
      await makeOld(index);
      await fill("seed", index);
      const [id = ""] = Object.keys(await documents(index));
      // All in one shard, in order: it takes seconds, and the last one counts.
      const lines = Array.from(
        { length: WRITINGS },
        (_, number) => `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify({ summary: `${number}` })}\n`,
      );
      const path = `/${index}/_bulk`;
      const written = client.request({ method: "POST", path, lines: Buffer.from(lines.join("")) });
      await until("the request is under way", async () => (await indexedIn(index)) > DOCUMENTS + 100, 60_000);
      assert.ok((await indexedIn(index)) < DOCUMENTS + WRITINGS, "it is still under way");
      const refusing = clientWith(async (request) =>
        !isAllowed && request.path.includes("/_block/") ? { status: 403, body: { Message: "not allowed" } } : undefined,
      );
      await migrate(refusing, index, false, silent);
      const { status, body } = await written;
      assert.deepEqual([status, (body as { errors: boolean }).errors], [200, false], "it was acknowledged");
      assert.deepEqual((await documents(index))[id], { summary: `${WRITINGS - 1}` });
    });
  }

  it("begins anew when somebody has let a document change, and blocked writes again", async () => {
    await makeOld("reblocked");
    await fill("seed", "reblocked");
    const died = clientWith(dyingAtSwitch);
    await assert.rejects(migrate(died, "reblocked", false, silent), Interrupted);
    const [id = ""] = Object.keys(await documents("reblocked"));
    await ask("PUT", "/reblocked/_settings", { "index.blocks.write": null });
    await amend("reblocked", id, "new");
    await ask("PUT", "/reblocked/_settings", { "index.blocks.write": true });
    await migrate(client, "reblocked", false, silent);
    const { [id]: document } = await documents("reblocked");
    assert.equal((document as SessionDocument).summary, "new");
  });

  it("begins anew when somebody has let the old index change since", async () => {
    await makeOld("changed");
    await fill("seed", "changed");
    const died = clientWith(dyingAtSwitch);
    await assert.rejects(migrate(died, "changed", false, silent), Interrupted);
    const [id = ""] = Object.keys(await documents("changed"));
    assert.equal(
      (await client.request({ method: "DELETE", path: `/changed/_doc/${id}` })).status,
      403,
      "writes are blocked",
    );
    await ask("PUT", "/changed/_settings", { "index.blocks.write": null });
    await ask("DELETE", `/changed/_doc/${id}`);
    const copied: number[] = [];
    await migrate(client, "changed", false, (count) => void copied.push(count));
    assert.equal(copied.at(-1), DOCUMENTS - 1);
    assert.equal((await documents("changed"))[id], undefined);
  });

  it("ends the copy that an interrupted run has left to OpenSearch", async () => {
    await makeOld("orphaned");
    await fill("seed", "orphaned");
    const died = clientWith(async (request) => {
      if (request.path !== "/_reindex") return;
      // So slow that it would go on for minutes.
      await client.request({ ...request, query: { ...request.query, requests_per_second: 1 } });
      throw new Interrupted();
    });
    await assert.rejects(migrate(died, "orphaned", false, silent), Interrupted);
    const running = async (): Promise<readonly unknown[]> =>
      (await ask<{ tasks: unknown[] }>("GET", "/_tasks?actions=*reindex&group_by=none")).tasks;
    assert.equal((await running()).length, 1);
    // The copy is outdated then, and deleted: whoever still writes to it would make it again, in another form.
    await ask("PUT", "/orphaned/_settings", { "index.blocks.write": null });
    await ask("PUT", "/orphaned/_doc/another", { summary: "new" });
    await migrate(client, "orphaned", false, silent);
    assert.deepEqual(await running(), []);
    assert.equal(Object.keys(await documents("orphaned")).length, DOCUMENTS + 1);
  });

  it("brings over a document with more messages than OpenSearch takes by default", async () => {
    await makeOld("long");
    const messages = Array.from({ length: 10_001 }, () => ({ content: "hello" }));
    const document = { userId: "ann", messageCount: messages.length, messages };
    await ask("PUT", "/long/_doc/1?refresh=true", document);
    await migrate(client, "long", false, silent);
    assert.deepEqual(await documents("long"), { 1: document });
  });

  it("refuses what it cannot make anew", async () => {
    const refused = (index: string, sentence: RegExp) =>
      assert.rejects(migrate(client, index, false, silent), isFatal("INDEX_MISFIT", sentence));
    await refused("nothing", /no index "nothing"/);
    await ask("PUT", "/theirs", {});
    await refused("theirs", /not made by the job/);
    await makeOld("taken");
    await ask("PUT", "/taken-v2", {});
    await refused("taken", /"taken-v2" already, which is no copy/);
    await makeOld("one", { aliases: { several: {} } });
    await makeOld("two", { aliases: { several: {} } });
    await refused("several", /alias of several/);
    await assert.rejects(indexVersion(["x"], {}, silent), isFatal("BAD_OPTION", /plan, or migrate/));
  });
});
