/** The page's excerpts and alerts of sessions that a real OpenSearch has found. */
import assert from "node:assert/strict";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { Backend } from "../../../src/page/backend";
import { EventParser, type ServerEvent } from "../../../src/page/client/live/event-parser";
import { SEARCH_REQUEST } from "../../../src/page/contract";
import { Feed } from "../../../src/page/live/feed";
import { LiveHub } from "../../../src/page/live/hub";
import { chatMessage, embeddedPart, sessionPart, START_MS } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";
import { makeSessions, writeAsTheyAre, writeLines } from "../../support/opensearch/sessions-index";

const DIMENSION = 16;
const CARD = "4111 1111 1111 1111";
const SESSIONS = 40;
/** More than are told at once. */
const BURST_SESSIONS = 70;
const BURSTS = 30;

describe("sessions of a real OpenSearch on the page", function () {
  this.timeout(120_000);
  let client: OpenSearchClient;
  let url: string;

  withOpenSearch((server) => ({ url, client } = server));
  before(async () => {
    const settings = await makeSessions(url, { dimension: DIMENSION });
    // An excerpt has some 160 characters, so in one session after the other its end moves through the number.
    const parts = Array.from({ length: SESSIONS }, (_, index) => {
      const content = `kettle ${"ab ".repeat(20 + index)}card ${CARD} ${"cd ".repeat(100)}`;
      const messages = [chatMessage(index * 2, { content }), chatMessage(index * 2 + 1, { content: "nothing" })];
      const base = embeddedPart(index, DIMENSION, { summary: "Something else." });
      return { ...base, part: sessionPart(`user-${index}`, messages) };
    });
    await writeAsTheyAre(client, settings, parts);
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

  it("are told live no more once they were erased or written anew, nor are erased alerts", async () => {
    const writtenAt = new Date(START_MS).toISOString();
    const times = { start: writtenAt, end: writtenAt, writtenAt };
    const alert = { kind: "payment", severity: "high", rule: "r", lane: "message", messageCount: 1, ...times };
    for (const id of ["erased", "stays"]) await change("PUT", `/sessions-alerts/_doc/${id}`, { id, ...alert });
    const letters = { client, index: "sessions-dead-letters" };
    const sources = { openSearch: client, index: "sessions", embed: async () => [], lexical: true };
    const hub = new LiveHub({ ...sources, deadLetters: letters });
    try {
      const before = await toldTo(hub, {}, SESSIONS + 2);
      const sessions = before.filter(({ event }) => event === "session");
      assert.equal(sessions.length, SESSIONS);
      const [kept, anew, gone] = sessions.slice(-3).map(idOf);
      await change("DELETE", `/sessions/_doc/${encodeURIComponent(gone!)}`);
      await change("DELETE", "/sessions-alerts/_doc/erased");
      const doc = { indexedAt: new Date(START_MS + 1).toISOString(), summary: "Something new." };
      await change("POST", `/sessions/_update/${encodeURIComponent(anew!)}`, { doc });
      for (const resumption of [{}, { lastId: `${sessions[0]!.id!.split(".")[0]}.0` }, { sinceMs: START_MS }]) {
        const after = await toldTo(hub, resumption, 1);
        const ids = after.flatMap(({ event, data }) => (/session|alert/.test(event) ? [idOf({ data })] : []));
        assert.ok(ids.includes(kept!) && ids.includes("stays"), "others are told");
        assert.ok(!ids.includes(gone!) && !ids.includes("erased"), "what was erased is not");
        const texts = after.filter(({ data }) => data.includes(JSON.stringify(anew)));
        assert.ok(texts.every(({ data }) => data.includes("Something new.")));
      }
    } finally {
      hub.close();
    }
  });

  function idOf({ data }: Pick<ServerEvent, "data">): string {
    return (JSON.parse(data) as { readonly id: string }).id;
  }

  async function change(method: "PUT" | "POST" | "DELETE", path: string, json: object = {}): Promise<void> {
    const query = { refresh: true };
    const { status } = await client.request({ method, path, query, ...(method === "DELETE" ? {} : { json }) });
    assert.ok(status < 300, `${method} ${path}: ${status}`);
  }

  /** Reads a window's events until so many have an id. */
  async function toldTo(
    hub: LiveHub,
    resumption: Parameters<LiveHub["open"]>[0],
    count: number,
  ): Promise<readonly ServerEvent[]> {
    const reader = (await hub.open(resumption))!.getReader();
    const parser = new EventParser();
    const events: ServerEvent[] = [];
    while (events.filter(({ id }) => id !== undefined).length < count) {
      const { value, done } = await reader.read();
      assert.equal(done, false);
      events.push(...parser.take(new TextDecoder().decode(value)));
    }
    await reader.cancel();
    return events;
  }

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
    await writeLines(client, "sessions-alerts", lines);
    const session = (await backend().session(id, false))!;
    assert.deepEqual(session.alerts, [
      { time: start, kind: "payment", severity: "high", rule: "first", lane: "message" },
      { time: end, kind: "payment", severity: "high", rule: "last", lane: "message" },
    ]);
    assert.ok(session.costs!.inputTokens > 500 && session.costs!.outputTokens > 100);
  });

  it("are told live or counted, each of them once, though a refresh may fall into any question", async () => {
    const found = await client.request({ method: "POST", path: "/sessions/_search", json: { size: 1 } });
    const { hits } = found.body as { hits: { hits: { _source: object }[] } };
    const nowMs = Date.now();
    const feed = new Feed(client, { index: "sessions", alertIndex: "sessions-alerts" }, nowMs);
    await feed.poll();
    let written = 0;
    const burst = async (): Promise<void> => {
      const lines = Array.from({ length: BURST_SESSIONS }, () => {
        // The newest are in one order at any time.
        const indexedAt = new Date(nowMs + ++written).toISOString();
        return [{ index: { _id: `burst ${written}` } }, { ...hits.hits[0]!._source, indexedAt }];
      });
      await writeLines(
        client,
        "sessions",
        lines.flat().map((line) => JSON.stringify(line)),
      );
    };
    let told = 0;
    const listen = async (): Promise<void> => {
      for (const { event, data } of await feed.poll()) {
        if (event !== "alert") told += event === "more" ? data.sessions : 1;
      }
    };
    for (let number = 0; number < BURSTS; number++) {
      let isWritten = false;
      const writing = burst().finally(() => (isWritten = true));
      while (!isWritten) await listen();
      await writing;
    }
    await listen();
    assert.equal(told, written);
  });
});
