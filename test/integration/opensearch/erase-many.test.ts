/** Keys with more documents than their ledgers list, and than one page of a search gives. */
import assert from "node:assert/strict";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { erase } from "../../../src/cli/erase";
import type { Receipt } from "../../../src/cli/erasure/receipt";
import type { LedgerDocument } from "../../../src/io/opensearch/ledgers/ledger";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { EVER } from "../../../src/io/opensearch/writing/find-documents";
import { clientAccess } from "../../../src/io/opensearch/writing/index-access";
import { START_MS } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const USER = "alice";
const HASH = keyHash(USER);
const OLD = 700;
const NEWER = 300;
const LISTED = 256;
const HOUR_MS = 3_600_000;

describe("a key with very many documents in a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  let receipts: TemporaryFolder;
  withOpenSearch((server) => ({ url, client } = server));
  before(async () => (receipts = await temporaryFolder("erase-many")));
  after(() => receipts?.remove());

  const settings = openSearchSettings({
    ...{ connection: { endpoint: "http://127.0.0.1" }, index: "many", dimension: 8, stream: "chat" },
  });
  const { index, ledgerIndex } = settings;

  async function request(method: "GET" | "POST" | "PUT", path: string, json?: object): Promise<unknown> {
    const { status, body } = await client.request({ method, path, ...(json === undefined ? {} : { json }) });
    assert.ok(status === 200 || status === 201, `${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Writes hourly sessions of the user, and resolves with the ledger's entries of them. Nobody refreshes. */
  async function put(name: string, word: string, count: number, fromMs: number): Promise<LedgerDocument["entries"]> {
    const sessions = Array.from({ length: count }, (_, number) => {
      const start = new Date(fromMs + number * HOUR_MS).toISOString();
      return { id: `${word} ${number}`, start, end: start };
    });
    const lines = sessions.flatMap(({ id, start, end }) => [
      { index: { _id: id } },
      { userId: USER, start, end, indexedAt: end },
    ]);
    const bulk = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const { body } = await client.request({ method: "POST", path: `/${name}/_bulk`, lines: bulk });
    assert.equal((body as { errors: boolean }).errors, false);
    return sessions.map((session) => ({ ...session, added: session.end, announcement: "a" }));
  }

  async function putLedger(entries: LedgerDocument["entries"]): Promise<void> {
    const unlistedUntil = entries.at(-LISTED - 1)!.end;
    await request("PUT", `/${ledgerIndex}/_doc/${HASH}`, {
      ...{ userId: USER, unlistedUntil, entries: entries.slice(-LISTED) },
    });
  }

  async function ledger(): Promise<LedgerDocument> {
    return ((await request("GET", `/${ledgerIndex}/_doc/${HASH}`)) as { _source: LedgerDocument })._source;
  }

  /** Numbers of documents that searches see, by the first word of their ids: a search is what users have. */
  async function left(): Promise<{ readonly old: number; readonly newer: number }> {
    const json = { size: 5_000, _source: false };
    const found = (await request("POST", `/${index}/_search`, json)) as { hits: { hits: { _id: string }[] } };
    const count = (word: string): number => found.hits.hits.filter(({ _id }) => _id.startsWith(word)).length;
    return { old: count("old"), newer: count("newer") };
  }

  async function erased(...flags: readonly string[]): Promise<Receipt> {
    const where = ["--opensearch-endpoint", url, "--index", index, "--receipts", receipts.path, "--json"];
    const { text, exitCode } = await erase([...flags, ...where], {}, () => undefined);
    assert.equal(exitCode, 0, text);
    const [receipt, ...others] = (JSON.parse(text) as { erased: Receipt[] }).erased;
    assert.equal(others.length, 0);
    return receipt!;
  }

  const ALL = { documents: OLD, deadLetters: 0, alerts: 0, pending: 0 };

  it("is erased whole, although nobody refreshes", async () => {
    const { connection } = openSearchSettings({ connection: { endpoint: url }, index, dimension: 8, stream: "chat" });
    await prepareOpenSearch({ ...settings, connection });
    await request("PUT", `/${index}/_settings`, { index: { refresh_interval: "-1" } });
    await putLedger(await put(index, "old", OLD, START_MS - OLD * HOUR_MS));
    const { erased: counts, endedAt } = await erased("--user", USER);
    assert.deepEqual(await left(), { old: 0, newer: 0 });
    assert.deepEqual(counts, ALL);
    assert.notEqual(endedAt, undefined);
    const { entries, userId, unlistedUntil } = await ledger();
    assert.deepEqual([entries, userId, unlistedUntil], [[], undefined, undefined]);
  });

  it("is erased again after a restore, and keeps all that came since", async () => {
    // The search finds the newer ones first.
    const newer = await put(index, "newer", NEWER, Date.now() + HOUR_MS);
    const old = await put(index, "old", OLD, START_MS - OLD * HOUR_MS);
    await putLedger([...old, ...newer]);
    const { erased: counts, reapplied = [] } = await erased("reapply");
    assert.deepEqual(await left(), { old: 0, newer: NEWER });
    assert.deepEqual(counts, ALL);
    assert.equal(reapplied.length, 1);
    const { entries, unlistedUntil } = await ledger();
    assert.deepEqual(
      entries.map(({ id }) => id),
      newer.slice(-LISTED).map(({ id }) => id),
    );
    assert.equal(unlistedUntil, newer.at(-LISTED - 1)!.end, "the others are still to be searched for");
    assert.equal((await erased("reapply")).erased?.documents, 0);
    assert.deepEqual(await left(), { old: 0, newer: NEWER });
  });

  it("is found whole by a search of many pages on many shards, each document once", async () => {
    await request("PUT", "/shards", {
      settings: { number_of_shards: 5, number_of_replicas: 0 },
      mappings: { properties: { userId: { type: "keyword" } } },
    });
    const all = await put("shards", "old", 1_700, START_MS);
    await request("POST", "/shards/_refresh");
    const span = { startMs: START_MS - HOUR_MS, endMs: START_MS + 3 * HOUR_MS };
    const [found = [], few = [], none = []] = await clientAccess(client).find("shards", [
      { sessionKey: USER, span: EVER },
      { sessionKey: USER, span },
      { sessionKey: "bob", span: EVER },
    ]);
    assert.deepEqual([found.length, few.length, none.length], [all.length, 3, 0]);
    assert.equal(new Set(found.map(({ id }) => id)).size, all.length);
  });
});
