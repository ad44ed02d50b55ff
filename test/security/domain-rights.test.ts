/**
 * Fine-grained access control as `npm run msf` sets it up, on a real OpenSearch: the rights of each role, and attacks
 * on it.
 */
import assert from "node:assert/strict";
import { giveRights } from "../../runners/msf/secure-domain";
import type { DeadLetter } from "../../src/chat/model";
import type { OpenSearchClient, OpenSearchRequest } from "../../src/io/opensearch/requests/client";
import {
  type DeadLetterEntry,
  getDeadLetter,
  listDeadLetters,
} from "../../src/io/opensearch/letters/dead-letter-store";
import { settleRedriven } from "../../src/io/opensearch/letters/settle-letters";
import { documentIndex } from "../../src/io/opensearch/indexes/mapping";
import { prepareOpenSearch } from "../../src/io/opensearch/indexes/prepare";
import { searchSessions } from "../../src/io/opensearch/searching/search";
import type { OpenSearchSettings } from "../../src/io/opensearch/settings";
import { writeDeadLetters } from "../../src/io/opensearch/letters/write-dead-letters";
import { PLAIN } from "../support/aws/deployments";
import { embeddedPart, START_MS, unitVector } from "../support/opensearch/embedded-parts";
import {
  DIMENSION,
  JOB,
  NOBODY,
  OPERATOR,
  rightsOfDomain,
  SEARCHER,
  settingsOfDomain,
} from "../support/secured-opensearch/domain";
import { type SecuredOpenSearch, startSecuredOpenSearch } from "../support/secured-opensearch/launch";
import { documentsHarness, harness } from "../support/opensearch/write-elements";

const SECRET = "the secret of the letter";

const { index, deadLetterIndex: letters } = PLAIN;

const SUMMARIES = [
  "About a kettle.",
  "ลูกค้าขอคืนเงินเพราะสินค้าเสียหาย",
  "田中さんは東京への配送について質問しました。",
  "客户要求退款因为水壶坏了。",
  "Carol orders a crème brûlée.",
  "يسأل عن كِتَاب جديد",
] as const;

const LETTER: DeadLetter = {
  code: "UNREADABLE",
  stage: "parse",
  reason: SECRET,
  kind: "record",
  payload: Buffer.from(SECRET),
  messageCount: 1,
  position: { shardId: "shardId-000000000001", sequenceNumber: "1", subSequenceNumber: 0 },
  timestampMs: START_MS,
};

function post(path: string, ...lines: readonly object[]): OpenSearchRequest {
  return { method: "POST", path, lines: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")) };
}

describe("rights inside a domain", function () {
  this.timeout(240_000);
  let server: SecuredOpenSearch;
  let job: OpenSearchClient;
  let operator: OpenSearchClient;
  let searcher: OpenSearchClient;
  let settings: OpenSearchSettings;

  before(async () => {
    server = await startSecuredOpenSearch();
    operator = (await server.as(OPERATOR)).client;
    searcher = (await server.as(SEARCHER)).client;
    // The last test, since writers take the password of the environment.
    const { client, connection } = await server.as(JOB);
    job = client;
    settings = settingsOfDomain(connection);
  });
  after(() => server?.stop());

  it("are nobody's before they are given out, and only the master user's to give", async () => {
    assert.equal((await job.request({ method: "GET", path: "/" })).status, 403);
    const rights = rightsOfDomain();
    assert.equal(await giveRights(searcher, rights), "refused");
    assert.equal(await giveRights(server.master, rights), undefined);
    assert.equal(await giveRights(server.master, rights), undefined, "twice");
  });

  it("let the job prepare its indexes, and write documents and dead letters", async () => {
    await prepareOpenSearch(settings);
    const write = await documentsHarness(settings);
    const { written } = await write.call(
      SUMMARIES.map((summary, number) => embeddedPart(number, DIMENSION, { summary, intent: "x", topics: [] })),
    );
    assert.equal(written.length, SUMMARIES.length);
    await write.close();
    const bury = await harness(writeDeadLetters(settings), []);
    await bury.call([LETTER]);
    assert.equal(bury.metrics.values.get("deadLetters"), LETTER.messageCount);
    await bury.close();
    await server.master.request({ method: "POST", path: "/_refresh" });
  });

  it("let a searcher search", async () => {
    for (const mode of ["hybrid", "semantic", "keyword"] as const) {
      const question = { text: "kettle", mode, limit: 1 };
      const { hits } = await searchSessions(searcher, index, question, async () => unitVector(DIMENSION, 0));
      assert.deepEqual(
        hits.map(({ document }) => document.summary),
        [SUMMARIES[0]],
        mode,
      );
    }
  });

  /** Each word with the summary that has it. Without ICU's analysis, which domains have, some are not found. */
  const WORDS: readonly (readonly [what: string, word: string, found: string | undefined])[] = [
    ["a Thai word in a sentence without spaces", "เงิน", SUMMARIES[1]],
    ["a part of a Thai word", "งิ", undefined],
    ["a Japanese word", "配送", SUMMARIES[2]],
    ["a Chinese word", "退款", SUMMARIES[3]],
    ["letters without their accents", "CREME BRULEE", SUMMARIES[4]],
    ["Arabic without its vowels", "كتاب", SUMMARIES[5]],
    ["wide letters", "ｋｅｔｔｌｅ", SUMMARIES[0]],
  ];
  for (const [what, word, found] of WORDS) {
    it(`let a searcher find ${what}${found === undefined ? ": no" : ""}`, async () => {
      const question = { text: word, mode: "keyword", limit: 5 } as const;
      const { hits } = await searchSessions(searcher, index, question, async () => unitVector(DIMENSION, 0));
      assert.deepEqual(
        hits.map(({ document }) => document.summary),
        found === undefined ? [] : [found],
      );
    });
  }

  it("let a searcher name his index in a body, as OpenSearch Dashboards does", async () => {
    const all = { query: { match_all: {} } };
    const { status, body } = await searcher.request(post("/_msearch", { index }, all));
    assert.equal(status, 200);
    assert.match(JSON.stringify(body), /About a kettle/);
  });

  /** Requests that would read, change or find out about data that is not the searcher's. */
  const ATTACKS: readonly (readonly [title: string, request: () => OpenSearchRequest])[] = [
    ["searching it", () => post(`/${letters}/_search`, { query: { match_all: {} } })],
    ["searching everything", () => post("/_all/_search", { query: { match_all: {} } })],
    ["searching a pattern", () => post("/chat-*/_search", { query: { match_all: {} } })],
    ["naming it in _msearch", () => post(`/${index}/_msearch`, { index: letters }, { query: { match_all: {} } })],
    ["naming it in _mget", () => post(`/${index}/_mget`, { docs: [{ _index: letters, _id: "1" }] })],
    ["naming it in _bulk", () => post(`/${index}/_bulk`, { delete: { _index: letters, _id: "1" } })],
    [
      "looking terms up in it",
      () =>
        post(`/${index}/_search`, {
          query: { terms: { userId: { index: letters, id: "1", path: "reason" } } },
        }),
    ],
    ["counting it", () => post(`/${letters}/_count`, { query: { match_all: {} } })],
    ["writing sessions", () => post(`/${index}/_doc/1`, { summary: "forged" })],
    ["deleting sessions", () => ({ method: "DELETE", path: `/${index}` })],
    [
      "giving itself rights",
      () => ({
        method: "PUT",
        path: "/_plugins/_security/api/rolesmapping/all_access",
        json: { backend_roles: [SEARCHER] },
      }),
    ],
  ];
  for (const [title, request] of ATTACKS) {
    it(`keep dead letters, sessions and rights from a searcher: ${title}`, async () => {
      await assertRefused(searcher, request());
    });
  }

  it("keep the job from everything else", async () => {
    for (const request of [
      post("/other/_doc/1", { a: 1 }),
      post("/_all/_search", { query: { match_all: {} } }),
      { method: "DELETE", path: `/${index}` },
      { method: "GET", path: "/_plugins/_security/api/roles" },
    ] as const) {
      assert.equal((await job.request(request)).status, 403, request.path);
    }
  });

  it("let an operator see dead letters and settle redriven ones", async () => {
    const store = { client: operator, index: letters };
    const found: DeadLetterEntry[] = [];
    for await (const entry of listDeadLetters(store)) found.push(entry);
    assert.equal(found.length, 1);
    assert.equal(Buffer.from((await getDeadLetter(store, found[0]!.id))!.letter.payload).toString(), SECRET);
    assert.deepEqual(await settleRedriven(store, found), { succeeded: 1, failedAgain: 0 });
  });

  it("hold for the index that a migration puts behind the name", async () => {
    const copy = `${index}-v2`;
    const { status } = await server.master.request({
      ...{ method: "PUT", path: `/${copy}` },
      json: documentIndex(settings, false),
    });
    assert.equal(status, 200);
    const actions = [{ remove_index: { index } }, { add: { index: copy, alias: index } }];
    assert.equal((await server.master.request({ method: "POST", path: "/_aliases", json: { actions } })).status, 200);
    await prepareOpenSearch(settings);
    const write = await documentsHarness(settings);
    assert.equal((await write.call([embeddedPart(2, DIMENSION, { summary: "About a lamp." })])).written.length, 1);
    await write.close();
    await server.master.request({ method: "POST", path: "/_refresh" });
    const question = { text: '"message 4"', mode: "hybrid", limit: 5 } as const;
    const { hits } = await searchSessions(searcher, index, question, async () => unitVector(DIMENSION, 1));
    assert.deepEqual(
      hits.map(({ document }) => document.summary),
      ["About a lamp."],
    );
    await assertRefused(searcher, post(`/${index}/_doc/1`, { summary: "forged" }));
  });

  it("are nobody's who is not named", async () => {
    const { client } = await server.as(NOBODY);
    await assertRefused(client, post(`/${index}/_msearch`, {}, { query: { match_all: {} } }));
    await assertRefused(client, post(`/${index}/_search`, { query: { match_all: {} } }));
  });
});

/** Requests of several parts succeed as a whole, so each part's own outcome counts. */
async function assertRefused(client: OpenSearchClient, request: OpenSearchRequest): Promise<void> {
  const text = JSON.stringify((await client.request(request)).body);
  assert.match(text, /no permissions for|"status":"FORBIDDEN"/, text);
  assert.doesNotMatch(text, new RegExp(`${SECRET}|"_source"|"result":"`), text);
}
