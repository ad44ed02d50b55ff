/** The page's excerpts and alerts of sessions that a real OpenSearch has found. */
import assert from "node:assert/strict";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { prepareOpenSearch } from "../../../src/io/opensearch/prepare";
import type { OpenSearchClient } from "../../../src/io/opensearch/client";
import { documentJson } from "../../../src/io/opensearch/document-json";
import { sessionDocument } from "../../../src/chat/steps/document";
import { keyHash } from "../../../src/chat/steps/key-hash";
import { Backend } from "../../../src/page/backend";
import { SEARCH_REQUEST } from "../../../src/page/contract";
import { planned } from "../../support/chat/planned";
import { chatMessage, embeddedPart, sessionPart, START_MS } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";

const DIMENSION = 16;
const CARD = "4111 1111 1111 1111";
const SESSIONS = 40;

describe("sessions of a real OpenSearch on the page", function () {
  this.timeout(120_000);
  let client: OpenSearchClient;
  let url: string;

  withOpenSearch((server) => ({ url, client } = server));
  before(async () => {
    const settings = openSearchSettings({
      connection: { endpoint: url },
      ...{ index: "sessions", dimension: DIMENSION, stream: "chat" },
    });
    await prepareOpenSearch(settings);
    // An excerpt has some 160 characters, so in one session after the other its end moves through the number.
    const lines = Array.from({ length: SESSIONS }, (_, index) => {
      const content = `kettle ${"ab ".repeat(20 + index)}card ${CARD} ${"cd ".repeat(100)}`;
      const messages = [chatMessage(index * 2, { content }), chatMessage(index * 2 + 1, { content: "nothing" })];
      const base = embeddedPart(index, DIMENSION, { summary: "Something else." });
      const [document] = planned({ ...base, part: sessionPart(`user-${index}`, messages) }).documents;
      return [
        JSON.stringify({ index: { _id: document!.id } }),
        documentJson(sessionDocument(document!, settings, START_MS)),
      ];
    });
    const body = Buffer.from(`${lines.flat().join("\n")}\n`);
    const query = { refresh: true };
    const { body: written } = await client.request({ method: "POST", path: "/sessions/_bulk", query, lines: body });
    assert.equal((written as { readonly errors: boolean }).errors, false);
  });

  const backend = (): Backend => new Backend({ openSearch: client, index: "sessions", embed: async () => [] });

  it("show nothing of a card number in their excerpts, wherever these cut it", async () => {
    const { hits } = await backend().search(SEARCH_REQUEST.parse({ q: "kettle", mode: "keyword", limit: SESSIONS }));
    const excerpts = hits.map((hit) => hit.excerpts[0]!.text);
    assert.equal(excerpts.length, SESSIONS);
    for (const excerpt of excerpts) {
      const plain = excerpt.map((piece) => ("masked" in piece ? "" : piece.text)).join("");
      assert.match(plain, /^kettle ab/);
      assert.doesNotMatch(plain, /\d/);
    }
    const isMasked = excerpts.filter((excerpt) => excerpt.some((piece) => "masked" in piece));
    assert.ok(isMasked.length > 0 && isMasked.length < SESSIONS, "some have the number, others end before it");
  });

  it("have the alerts of their user and time, in order, and what their models took", async () => {
    const { hits } = await backend().search(SEARCH_REQUEST.parse({ q: "kettle", mode: "keyword", user: "user-3" }));
    const { id, start, end } = hits[0]!;
    const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
    const alerts = [
      ["user-3", "last", endMs],
      ["user-3", "first", startMs],
      ["user-3", "before", startMs - 1],
      ["user-3", "after", endMs + 1],
      ["user-4", "foreign", startMs],
    ] as const;
    const lines = alerts.flatMap(([user, rule, timeMs]) => {
      const facts = { kind: "payment", severity: "high", rule, lane: "message", time: new Date(timeMs).toISOString() };
      const hashes = { userHash: keyHash(user), sessionKeyHash: keyHash(user) };
      return [JSON.stringify({ index: { _id: rule } }), JSON.stringify({ id: rule, ...facts, ...hashes })];
    });
    const body = Buffer.from(`${lines.join("\n")}\n`);
    await client.request({ method: "POST", path: "/sessions-alerts/_bulk", query: { refresh: true }, lines: body });
    const session = (await backend().session(id, false))!;
    assert.deepEqual(session.alerts, [
      { time: start, kind: "payment", severity: "high", rule: "first", lane: "message" },
      { time: end, kind: "payment", severity: "high", rule: "last", lane: "message" },
    ]);
    assert.ok(session.costs!.inputTokens > 500 && session.costs!.outputTokens > 100);
  });
});
