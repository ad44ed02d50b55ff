/** Counts and whole sessions, from a real OpenSearch, against sums made here. */
import assert from "node:assert/strict";
import { chatMessage, embeddedPart, START_MS, unitVector } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";
import { makeSessions, writeAsTheyAre } from "../../support/opensearch/sessions-index";
import { documentId } from "../../../src/chat/steps/documents/document";
import type { EmbeddedPart } from "../../../src/chat/model";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { attributeNamesOf, countFacets } from "../../../src/io/opensearch/searching/facets";
import type { OpenSearchSettings } from "../../../src/io/opensearch/settings";
import type { SearchFilters } from "../../../src/io/opensearch/queries/filters";
import { FUSED_DEPTH, searchSessions, type SearchQuestion } from "../../../src/io/opensearch/searching/search";
import { wholeSession } from "../../../src/io/opensearch/searching/whole-session";

const DIMENSION = 16;
const COUNT = 60;
const HOUR_MS = 3_600_000;
const INTENTS = ["refund", "order", "question"] as const;
const LANGUAGES = ["en", "de"] as const;
const CHANNELS = ["web", "app", "mail"] as const;

interface Known {
  readonly part: EmbeddedPart;
  readonly intent: string;
  readonly language: string;
  readonly channel: string;
  readonly startMs: number;
  readonly hasKettle: boolean;
  /** Rules of alerts. */
  readonly alerts: readonly string[];
}

const KNOWN: readonly Known[] = Array.from({ length: COUNT }, (_, index): Known => {
  const [intent, language] = [INTENTS[index % 3]!, LANGUAGES[index % 2]!];
  const channel = CHANNELS[Math.floor(index / 5) % 3]!;
  const startMs = START_MS + index * HOUR_MS;
  const hasKettle = index % 4 === 0;
  const summary = hasKettle ? `A kettle of number ${index}.` : `Nothing at ${index}.`;
  const hasCard = index % 6 === 0;
  const sensitive = index % 10 === 0;
  const told = { sensitive, sensitiveKinds: sensitive ? ["phone"] : [] };
  const labels = { intent, language, summary, topics: hasKettle ? ["kettle"] : [] };
  const base = embeddedPart(index, DIMENSION, { ...labels, ...told });
  const messages = [0, 1].map((place) => ({
    ...chatMessage(index * 10 + place, { timestampMs: startMs + place * (index + 1) * 1_000 }),
    // Five users, in turns.
    userId: `user-${index % 5}`,
    ...(hasCard ? { content: "my card is 4111 1111 1111 1111" } : {}),
  }));
  const userId = `user-${index % 5}`;
  const part = {
    ...base.part,
    ...{ sessionKey: userId, messages, startMs, endMs: messages[1]!.timestampMs, attributes: { channel } },
  };
  const alerts = [...(hasCard ? ["card"] : []), ...(sensitive ? ["summary_phone"] : [])];
  return { part: { ...base, part }, intent, language, channel, startMs, hasKettle, alerts };
});

/** Sessions after all others, more than any ranking has; in each, the customer or the agent says the word. */
const MANY = FUSED_DEPTH + 30;
const MANY_FROM_MS = START_MS + 10_000 * HOUR_MS;
const TENANT = "<b>globalThis['pwned']++</b>[x]";

function zeppelins(): readonly EmbeddedPart[] {
  return Array.from({ length: MANY }, (_, number): EmbeddedPart => {
    const startMs = MANY_FROM_MS + number * 60_000;
    const userId = `many-${number}`;
    const base = embeddedPart(10_000 + number, DIMENSION, { intent: INTENTS[number % 2]!, summary: "Many." });
    const messages = ["customer", "agent"].map((role, place) => ({
      ...chatMessage(20_000 + 2 * number + place, { timestampMs: startMs + place * 1_000 }),
      ...{ userId, role, author: role, content: number % 2 === place ? "a zeppelin" : "a ship" },
    }));
    const attributes = { channel: "many", [TENANT]: String(number % 3) };
    const own = { sessionKey: userId, messages, startMs, endMs: messages[1]!.timestampMs, attributes };
    return { ...base, part: { ...base.part, ...own } };
  });
}

/** One session in three parts, beside all others. */
const LONG = [1, 2, 3].map((number): EmbeddedPart => {
  const base = embeddedPart(900 + number, DIMENSION, { summary: `Part ${number} of a long one.`, intent: "other" });
  const startMs = START_MS - 10 * HOUR_MS + number * 60_000;
  const messages = [chatMessage(5_000 + number, { userId: "long", timestampMs: startMs, content: `part ${number}` })];
  const own = { sessionKey: "long", messages, startMs, endMs: startMs, part: number, partCount: 3 };
  return { ...base, part: { ...base.part, ...own } };
});

describe("exploring a real OpenSearch", function () {
  this.timeout(120_000);
  let client: OpenSearchClient;
  let url: string;
  let settings: OpenSearchSettings;

  withOpenSearch((server) => ({ url, client } = server));
  before(async () => {
    settings = await makeSessions(url, { dimension: DIMENSION, attributes: ["channel"], shards: 3 });
    await writeAsTheyAre(client, settings, [...KNOWN.map(({ part }) => part), ...LONG]);
  });

  const embed = async (): Promise<readonly number[]> => unitVector(DIMENSION, 0);
  const question = (text: string, change: Partial<SearchQuestion> = {}): SearchQuestion => {
    return { text, mode: "keyword", limit: 100, ...change };
  };
  const facets = (asked: SearchQuestion) => countFacets(client, "sessions", asked, embed, ["channel"]);
  const found = async (asked: SearchQuestion): Promise<readonly string[]> => {
    return (await searchSessions(client, "sessions", asked, embed)).hits.map(({ id }) => id);
  };

  /** Counts by a value of the sessions that pass, as OpenSearch should give them. */
  function counts(value: (session: Known) => string, passes: (session: Known) => boolean): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const session of KNOWN.filter(passes)) sums[value(session)] = (sums[value(session)] ?? 0) + 1;
    return sums;
  }
  const asRecord = (list: readonly { value: string; count: number }[]): Record<string, number> =>
    Object.fromEntries(list.map(({ value, count }) => [value, count]));

  it("knows the index's attributes", async () => {
    assert.deepEqual(await attributeNamesOf(client, "sessions"), ["channel"]);
    assert.equal(await attributeNamesOf(client, "no-such-index"), undefined);
  });

  it("counts each facet with all filters but its own", async () => {
    const window = { fromMs: START_MS + 5 * HOUR_MS, toMs: START_MS + 40 * HOUR_MS };
    const filters: SearchFilters = {
      ...window,
      intent: ["refund", "order"],
      language: "en",
      attributes: { channel: ["web", "app"] },
    };
    const isIn = {
      intent: (session: Known) => session.intent !== "question",
      language: (session: Known) => session.language === "en",
      channel: (session: Known) => session.channel !== "mail",
      time: ({ part: { part }, startMs }: Known) => part.endMs >= window.fromMs && startMs < window.toMs,
    };
    const all = Object.keys(isIn) as (keyof typeof isIn)[];
    const but = (own?: keyof typeof isIn) => (session: Known) =>
      all.every((name) => name === own || isIn[name](session));
    for (const asked of [
      question("", filters),
      question("kettle", { ...filters, mode: "hybrid" }),
      question("kettle", { ...filters, mode: "semantic" }),
    ]) {
      const answer = await facets(asked);
      assert.equal(answer.total, KNOWN.filter(but()).length);
      assert.equal(answer.isCut, false);
      assert.deepEqual(
        asRecord(answer.facets.intent),
        counts(({ intent }) => intent, but("intent")),
      );
      assert.deepEqual(
        asRecord(answer.facets.language),
        counts(({ language }) => language, but("language")),
      );
      assert.deepEqual(
        asRecord(answer.attributes["channel"]!),
        counts(({ channel }) => channel, but("channel")),
      );
      const kettles = KNOWN.filter((session) => but()(session) && session.hasKettle).length;
      assert.deepEqual(asRecord(answer.facets.topic), { kettle: kettles });
      const sum = answer.histogram.reduce((total, { count }) => total + count, 0);
      assert.equal(sum, KNOWN.filter(but("time")).length);
      const widthMs = answer.histogram[1]!.startMs - answer.histogram[0]!.startMs;
      for (const { startMs, count } of answer.histogram) {
        const isWithin = (session: Known) => session.startMs >= startMs && session.startMs < startMs + widthMs;
        assert.equal(count, KNOWN.filter((session) => but("time")(session) && isWithin(session)).length);
      }
      assert.equal((await found(asked)).length, answer.total);
    }
  });

  it("counts the alerts of sessions, and finds those that have one", async () => {
    const withAlert = (rule: string) => KNOWN.filter(({ alerts }) => alerts.includes(rule));
    const every = { card: withAlert("card").length, summary_phone: withAlert("summary_phone").length };
    assert.deepEqual(asRecord((await facets(question(""))).facets.alert), every);
    const chosen = question("", { alert: "card" });
    const answer = await facets(chosen);
    assert.equal(answer.total, every.card);
    assert.deepEqual(asRecord(answer.facets.alert), every, "its other values stay to be chosen");
    const ids = withAlert("card").map(({ part }) => documentId(part.part));
    assert.deepEqual((await found(chosen)).toSorted(), ids.toSorted());
    const either = KNOWN.filter(({ alerts }) => alerts.length > 0).length;
    assert.equal((await found(question("", { alert: ["card", "summary_phone"] }))).length, either);
  });

  it("counts what a search by words finds, and what one by meaning ranks", async () => {
    const kettles = counts(
      ({ intent }) => intent,
      ({ hasKettle }) => hasKettle,
    );
    assert.deepEqual(asRecord((await facets(question("kettle"))).facets.intent), kettles);
    for (const mode of ["hybrid", "semantic"] as const) {
      const answer = await facets(question("kettle", { mode, intent: "refund" }));
      assert.equal(answer.isCut, false);
      assert.equal(answer.total, KNOWN.filter(({ intent }) => intent === "refund").length, mode);
      const every = {
        ...counts(
          ({ intent }) => intent,
          () => true,
        ),
        other: LONG.length,
      };
      assert.deepEqual(asRecord(answer.facets.intent), every, mode);
      assert.equal((await found(question("kettle", { mode, intent: "refund" }))).length, answer.total);
    }
  });

  it("puts the newest first without a question, and sorts what it found in each mode", async () => {
    const ids = KNOWN.map(({ part }) => documentId(part.part));
    const newest = await found(question("", { limit: COUNT }));
    assert.deepEqual(newest, ids.toReversed());
    assert.deepEqual(await found(question("", { limit: 5, offset: 10 })), newest.slice(10, 15));
    const kettles = ids.filter((_, index) => KNOWN[index]!.hasKettle);
    assert.deepEqual(await found(question("kettle", { sort: "oldest" })), kettles);
    assert.deepEqual(await found(question("kettle", { sort: "newest" })), kettles.toReversed());
    // Each session is longer than the one before.
    assert.deepEqual(await found(question("kettle", { sort: "longest" })), kettles.toReversed());
    const order = await found(question("kettle", { sort: "oldest", mode: "hybrid", intent: INTENTS }));
    assert.deepEqual(order, ids);
  });

  it("marks words in summaries", async () => {
    const { hits } = await searchSessions(client, "sessions", question("kettle", { limit: 1 }), embed);
    assert.deepEqual(
      hits[0]!.summary.filter(({ match }) => match === true),
      [{ text: "kettle", match: true }],
    );
    assert.equal(hits[0]!.summary.map(({ text }) => text).join(""), hits[0]!.document.summary);
  });

  it("gives a session with its neighbours and those like it", async () => {
    const id = (index: number): string => documentId(KNOWN[index]!.part.part);
    const session = (await wholeSession(client, "sessions", id(22)))!;
    assert.deepEqual(
      session.parts.map((part) => part.id),
      [id(22)],
    );
    assert.deepEqual(
      session.before.map((each) => each.id),
      [id(7), id(12), id(17)],
    );
    assert.deepEqual(
      session.after.map((each) => each.id),
      [id(27), id(32), id(37)],
    );
    assert.equal(session.similar.length, 6);
    assert.ok(session.similar.every((each) => each.id !== id(22)));
    assert.ok(session.similar.every(({ document }) => !("messages" in document) && !("embedding" in document)));
    const all = [...KNOWN.map(({ part }) => part), ...LONG];
    const nearness = ({ embedding }: EmbeddedPart): number =>
      embedding.reduce((sum, value, place) => sum + value * KNOWN[22]!.part.embedding[place]!, 0);
    const nearest = all
      .toSorted((a, b) => nearness(b) - nearness(a))
      .slice(1, 7)
      .map((part) => documentId(part.part));
    assert.deepEqual(
      session.similar.map((each) => each.id),
      nearest,
    );
    assert.equal(await wholeSession(client, "sessions", "no-such-id"), undefined);
  });

  it("joins the parts of a session, whichever of them is asked for", async () => {
    for (const part of LONG) {
      const session = (await wholeSession(client, "sessions", documentId(part.part)))!;
      const contents = session.parts.map(({ document }) => document.messages![0]!.content);
      assert.deepEqual(contents, ["part 1", "part 2", "part 3"]);
      assert.deepEqual([session.before, session.after], [[], []]);
      assert.ok(session.similar.every(({ document }) => document.userId !== "long"));
    }
  });

  describe("with more sessions than a ranking has", () => {
    const many = (change: Partial<SearchQuestion>): SearchQuestion =>
      question("zeppelin", { ...change, fromMs: MANY_FROM_MS, limit: FUSED_DEPTH });
    const sum = (values: readonly { count: number }[]): number => values.reduce((all, { count }) => all + count, 0);
    let names: readonly string[];

    before(async () => {
      const attributes = { [TENANT]: { type: "keyword" }, "chan*": { type: "keyword" } };
      const json = { properties: { attributes: { properties: attributes } } };
      const mapped = await client.request({ method: "PUT", path: "/sessions/_mapping", json });
      assert.equal(mapped.status, 200, JSON.stringify(mapped.body));
      await writeAsTheyAre(client, settings, zeppelins());
      names = (await attributeNamesOf(client, "sessions")) ?? [];
    });

    it("knows attributes of any name that is no pattern", () => assert.deepEqual(names, [TENANT, "channel"]));

    it("says that it counts the best ones alone, whatever their attributes are called", async () => {
      for (const mode of ["hybrid", "semantic"] as const) {
        const asked = many({ mode });
        const { total, isCut, facets, attributes } = await countFacets(client, "sessions", asked, embed, names);
        assert.equal(isCut, true, mode);
        assert.equal(total, (await found(asked)).length, mode);
        if (mode === "semantic") assert.equal(total, FUSED_DEPTH);
        else assert.ok(total > FUSED_DEPTH / 2, `${total}`);
        assert.equal(sum(facets.intent), total, mode);
        assert.deepEqual(attributes["channel"], [{ value: "many", count: total }], mode);
        assert.deepEqual(attributes[TENANT]!.map(({ value }) => value).toSorted(), ["0", "1", "2"], mode);
        assert.equal(sum(attributes[TENANT]!), total, mode);
      }
      const { total, isCut } = await countFacets(client, "sessions", many({}), embed, names);
      assert.deepEqual([total, isCut], [MANY, false], "words find all");
    });

    it("counts the words of every role beside those of the chosen one", async () => {
      const { total, facets } = await countFacets(client, "sessions", many({ role: "customer" }), embed, names);
      assert.equal(total, MANY / 2);
      assert.deepEqual(asRecord(facets.role), { customer: MANY, agent: MANY });
      assert.deepEqual(asRecord(facets.intent), { refund: MANY / 2 });
    });
  });
});
