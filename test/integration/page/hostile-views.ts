/** Texts that try to become program or markup, in all that Explore and a session show. */
import assert from "node:assert/strict";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { openSearchClient, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { MAX_VALUES } from "../../../src/io/opensearch/searching/facet-counts";
import { type ServedPage, servePage } from "../../../src/page/serve";
import { writeLines } from "../../support/opensearch/sessions-index";
import { NARROW, overflow, picture } from "../../support/page/browser";
import { HOSTILE_TEXTS } from "../../support/page/hostile-texts";
import { settled } from "../../support/page/totals";
import type { PageOfJob } from "./live-views";

/** Attributes that the index has fields for, beside those of the sample. */
const PLAN = "plan";
const HOSTILE_NAME = "<script>globalThis['pwned']++</script>[x]";

export function runsNoHostileText(of: () => PageOfJob): void {
  describe("hostile texts", function () {
    // Each of them is opened, and half of the first 40 are asked for.
    this.timeout(240_000);
    let client: OpenSearchClient;
    let served: ServedPage;

    before(async () => {
      client = openSearchClient({ endpoint: of().openSearch, auth: { kind: "none" }, requestTimeoutMs: 30_000 });
      await plant(client);
      // The job's own page asks for the names of attributes once a minute.
      const deadLetters = { client, index: "chat-sessions-dead-letters" };
      const sources = { openSearch: client, index: "chat-sessions", deadLetters, embed: async () => [], lexical: true };
      served = await servePage(sources, { port: 0 });
    });
    after(async () => {
      await served?.close();
      await client?.close();
    });

    it(`run in no field, ${HOSTILE_TEXTS.length} of them, and keep the layout`, async () => {
      const { link } = served;
      const { page, troubles } = await of().look({ viewport: NARROW }, link);
      const check = async (what: string): Promise<void> => {
        assert.equal(await page.evaluate("typeof pwned"), "undefined", what);
        assert.ok((await overflow(page)) <= 0, `${what} breaks the layout`);
      };
      const last = Math.ceil(HOSTILE_TEXTS.length / 20);
      const links: string[] = [];
      for (let number = 1; number <= last; number++) {
        await page.goto(new URL(`/?from=2040-01-01T00:00:00Z&page=${number}`, link).href);
        await page.waitForSelector(".hit");
        await settled(page);
        await page.locator(".side-fold > summary").click();
        const found = await page.evaluate("[...document.querySelectorAll('[data-hit]')].map((link) => link.href)");
        links.push(...(found as string[]));
        await check(`page ${number}`);
      }
      assert.equal(await page.getByRole("group", { name: HOSTILE_NAME }).locator("input").count(), MAX_VALUES);
      await picture(page, "hostile");
      assert.equal(new Set(links).size, HOSTILE_TEXTS.length);
      for (const href of links) {
        await page.evaluate(
          `history.pushState(null, "", ${JSON.stringify(href)}); dispatchEvent(new PopStateEvent("popstate"))`,
        );
        await page.waitForSelector(".bubble");
        const shown = (await page.locator(".bubble p").first().textContent()) ?? "";
        assert.ok(shown.trim() !== "", href);
        assert.equal(await page.locator(".session-alerts li").count(), 1, href);
        await check(href);
      }
      for (const text of HOSTILE_TEXTS.slice(0, 40).filter((_, number) => number % 2 === 0)) {
        await page.goto(new URL(`/?${everyFilter(text).toString()}`, link).href);
        await page.waitForSelector(".hit");
        await settled(page);
        assert.equal(await page.locator(".filter-chip").count(), FILTERS.length + 4, text);
        await check(`asked ${text}`);
      }
      assert.deepEqual(troubles, []);
    });
  });
}

const FILTERS = "intent sentiment language sensitiveKind alert topic role model user".split(" ");

/** A search by words for the session of a text, with a filter by it in every facet. */
function everyFilter(text: string): URLSearchParams {
  const attributes = ["channel", PLAN, HOSTILE_NAME].map((name) => ["attribute", `${name}=${text}`] as const);
  const filters = [...FILTERS.map((name) => [name, text] as const), ...attributes];
  const pairs = [["q", text], ["mode", "keyword"], ...filters, ["category", `${text}=${text}`]] as [string, string][];
  return new URLSearchParams(pairs);
}

/** Gives the index a session for each hostile text, which stands in all of its fields, and an alert of it. */
async function plant(client: OpenSearchClient): Promise<void> {
  const names = Object.fromEntries([PLAN, HOSTILE_NAME].map((name) => [name, { type: "keyword" }]));
  const json = { properties: { attributes: { properties: names } } };
  const mapped = await client.request({ method: "PUT", path: "/chat-sessions/_mapping", json });
  assert.equal(mapped.status, 200, JSON.stringify(mapped.body));
  const found = await client.request({ method: "POST", path: "/chat-sessions/_search", json: { size: 1 } });
  const { hits } = found.body as { hits: { hits: { _source: Record<string, unknown> }[] } };
  const base = hits.hits[0]!._source;
  const planted = HOSTILE_TEXTS.map((text, number) => {
    const time = new Date(Date.UTC(2040, 0, 1, 0, number)).toISOString();
    const message = { author: text, role: text, content: text, timestamp: time, id: text };
    const named = { channel: text, tenant: text, [PLAN]: [text, `${text} 2`], [HOSTILE_NAME]: text };
    const document = {
      ...base,
      ...{ userId: text, sessionKey: text, summary: text, intent: text, topics: [text], sentiment: text },
      ...{ language: text, sensitive: true, sensitiveKinds: [text], categories: [`${text}=${text}`], roles: [text] },
      ...{ alerts: [text], summaryModel: text, start: time, end: time },
      // A field without a mapping is kept, and shown, as it is.
      attributes: { ...named, [text]: text },
      messages: [message, { ...message, role: "customer" }],
    };
    const alert = {
      ...{ id: text, type: text, source: text, kind: text, severity: text, rule: text, lane: text },
      // The live view shows what was written last.
      ...{ sessionKeyHash: keyHash(text), time, writtenAt: "2020-01-01T00:00:00Z" },
    };
    return { document, alert, id: `${number} ${text}`.slice(0, 200) };
  });
  const linesOf = (documentOf: (each: (typeof planted)[number]) => object): string[] =>
    planted.flatMap((each) => [JSON.stringify({ index: { _id: each.id } }), JSON.stringify(documentOf(each))]);
  await writeLines(
    client,
    "chat-sessions",
    linesOf(({ document }) => document),
  );
  await writeLines(
    client,
    "chat-sessions-alerts",
    linesOf(({ alert }) => alert),
  );
}
