/** Live on the page of `npm start`, used as a person would. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openSearchClient, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { servePage } from "../../../src/page/serve";
import { Arrivals, OF_JOB } from "../../support/page/arrivals";
import {
  checkView,
  NARROW,
  overflow,
  picture,
  type Watched,
  WIDE,
  type WindowSettings,
} from "../../support/page/browser";
import { HOSTILE_TEXTS } from "../../support/page/hostile-texts";
import { until } from "../../support/until";

export interface PageOfJob {
  readonly link: string;
  readonly openSearch: string;
  look(settings?: WindowSettings, link?: string): Promise<Watched>;
}

const FIGURES = "read open closed indexed lagSeconds freshnessSeconds deadLetters alerts tokens usd".split(" ");
/** More than the server looks at each time. */
const BURST = 70;

export function watchesLive(of: () => PageOfJob): void {
  describe("live", () => {
    let client: OpenSearchClient;
    let arrivals: Arrivals;

    before(() => {
      client = openSearchClient({ endpoint: of().openSearch, auth: { kind: "none" }, requestTimeoutMs: 30_000 });
      arrivals = new Arrivals(client);
    });
    after(() => client?.close());

    async function live(settings?: WindowSettings, link?: string): Promise<Watched> {
      const window = await of().look(settings, link);
      await window.page.keyboard.press("g");
      await window.page.keyboard.press("l");
      await window.page.waitForSelector(".live-state.on");
      await window.page.waitForSelector(".live-item");
      return window;
    }

    const users = (page: Page): Promise<string[]> => page.locator(".live-item:not(.live-alert) h2").allInnerTexts();

    it("shows sessions and alerts by themselves, waits while one reads, and goes on, all by keyboard", async () => {
      const { page, troubles } = await live();
      await arrivals.sessions(["first of all"]);
      await page.waitForSelector("text=first of all");
      assert.equal((await users(page))[0], "first of all");

      await page.keyboard.press("p");
      await page.waitForSelector(".live-state.paused");
      assert.equal(new URL(page.url()).search, "?paused=yes");
      await arrivals.sessions(["second", "third"]);
      await page.waitForSelector("text=2 sessions new: show");
      assert.equal((await users(page))[0], "first of all");
      await page.keyboard.press("p");
      await page.waitForSelector("text=third");
      assert.deepEqual((await users(page)).slice(0, 3).toSorted(), ["first of all", "second", "third"]);

      await page.keyboard.press("j");
      await page.waitForSelector(".live-state.paused");
      await arrivals.sessions(["fourth"]);
      await page.waitForSelector("text=1 session new: show");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".bubble");
      await page.keyboard.press("Escape");
      await page.waitForSelector("text=fourth");
      await page.waitForSelector(".live-state.paused");
      await arrivals.sessions(["fifth"]);
      await page.waitForSelector("text=1 session new: show");
      await page.locator(".live-held").press("Enter");
      await page.waitForSelector("text=fifth");

      await page.getByText("Alerts", { exact: true }).first().click();
      await page.waitForURL(/show=alerts/);
      await page.waitForSelector(".live-alert");
      assert.equal(await page.locator(".live-item:not(.live-alert)").count(), 0);
      assert.deepEqual(troubles, []);
    });

    it("counts what is too much to show, and goes on where it was when the server was away", async () => {
      const { page } = await live();
      await arrivals.sessions(Array.from({ length: BURST }, (_, place) => `burst ${place}`));
      await page.waitForSelector("text=burst");
      await page.waitForSelector(".live-more");
      await until("each is shown or counted", async () => {
        const more = Number(/\d+/.exec(await page.innerText(".live-more"))?.[0]);
        return (await page.locator("text=/^burst/").count()) + more === BURST;
      });

      await cut(page);
      await page.waitForSelector(".live-state.away");
      assert.ok((await page.locator(".live-item").count()) > BURST / 2);
      await arrivals.sessions(["while away"]);
      await page.unroute("**/api/live");
      await page.waitForSelector("text=while away");
      await page.waitForSelector(".live-state.on");
      assert.equal(await page.locator("text=while away").count(), 1);
    });

    it("has the job's own figures, which equal what it told, in charts that tell of a moment", async () => {
      const { page, troubles } = await live();
      await page.waitForSelector("[data-figure=usd] canvas");
      const figures = await page.evaluate(
        "[...document.querySelectorAll('[data-figure]')].map((e) => e.dataset.figure)",
      );
      assert.deepEqual(figures, FIGURES);
      const found = await client.request({ method: "POST", path: "/chat-sessions/_search", json: WRITTEN_BY_JOB });
      const { aggregations } = found.body as { aggregations: { messages: { value: number } } };
      const read = await page.innerText("[data-figure=read] .figure-note");
      const messages = Number(/[\d,]+/.exec(read)?.[0].replace(",", ""));
      assert.ok(messages >= aggregations.messages.value && aggregations.messages.value > 500, read);
      const box = (await page.locator("[data-figure=read] canvas").boundingBox())!;
      await page.mouse.move(box.x + box.width - 4, box.y + 20);
      await until("the figures of a moment are shown", async () =>
        / at \d\d:/.test(await page.innerText("[data-figure=indexed]")),
      );
      assert.deepEqual(troubles, []);
    });

    it("has what the indexes tell where the page is alone, and says so", async () => {
      const index = "chat-sessions";
      const served = await servePage(
        {
          openSearch: client,
          index,
          deadLetters: { client, index: `${index}-dead-letters` },
          embed: async () => [],
          lexical: true,
        },
        { port: 0 },
      );
      try {
        const { page, troubles } = await live({}, served.link);
        await page.waitForSelector("text=These are from the indexes alone");
        await page.waitForSelector("[data-figure=messages] canvas");
        assert.match(await page.innerText("[data-figure=indexed] .figure-note"), /\d+ documents in the last hour/);
        assert.match(await page.innerText("[data-figure=deadLetters] .figure-note"), /^[1-9]\d* messages/);
        assert.deepEqual(troubles, []);
      } finally {
        await served.close();
      }
    });

    it(`runs none of ${HOSTILE_TEXTS.length} hostile texts in sessions and alerts, nor in the overview`, async () => {
      const { page, troubles } = await live({ viewport: NARROW });
      const check = async (what: string): Promise<void> => {
        assert.equal(await page.evaluate("typeof pwned"), "undefined", what);
        assert.ok((await overflow(page)) <= 0, `${what} breaks the layout`);
      };
      for (let from = 0; from < HOSTILE_TEXTS.length; from += 40) {
        const texts = HOSTILE_TEXTS.slice(from, from + 40);
        for (const text of texts) await arrivals.everywhere(text);
        const last = texts.at(-1)!;
        await client.request({ method: "POST", path: "/chat-sessions,chat-sessions-alerts/_refresh" });
        // Within the browser a wait would need what the page's policy forbids.
        await until(`the texts from ${from} on are shown`, async () =>
          (await page.locator(".live-alert bdi").allInnerTexts()).some((each) =>
            each.includes(last.slice(0, 20).trim()),
          ),
        );
        await check(`live from ${from}`);
      }
      await picture(page, "live-hostile");
      await page.goto(new URL("/overview?from=2045-01-01T00:00:00Z&to=2046-01-01T00:00:00Z", page.url()).href);
      await page.waitForSelector(".heat");
      assert.ok((await page.locator(".overview-rows li").count()) > 10);
      await check("overview");
      await picture(page, "overview-hostile");
      assert.deepEqual(troubles, []);
    });

    for (const colorScheme of ["light", "dark"] as const) {
      it(`has nothing that axe finds, live and in the overview, in ${colorScheme} colours, wide and narrow`, async () => {
        for (const [size, viewport] of [
          ["wide", WIDE],
          ["narrow", NARROW],
        ] as const) {
          const { page } = await live({ colorScheme, viewport });
          const check = (view: string): Promise<void> => checkView(page, view, { colorScheme, size });
          if (size === "narrow") await page.locator(".figures > summary").click();
          await page.waitForSelector("[data-figure=usd] canvas");
          await check("live");
          await page.keyboard.press("p");
          await arrivals.sessions(["مستخدم"], { summary: "طلب استرداد المبلغ 12345" });
          await page.waitForSelector(".live-held");
          await check("live-paused");
          await cut(page);
          await page.waitForSelector(".failure");
          await check("live-away");
          await page.unroute("**/api/live");
          await page.goto(new URL("/overview?to=2030-01-01T00:00:00Z", page.url()).href);
          await page.waitForSelector(".heat");
          await page.locator(".overview-table summary").click();
          await check("overview");
          await page.evaluate(`document.documentElement.dir = "rtl"`);
          await check("overview-rtl");
          await page.goto(new URL("/overview?user=nobody", page.url()).href);
          await page.waitForSelector(".empty");
          await check("overview-empty");
        }
      });
    }
  });
}

/** Ends the stream as of a tab that nobody sees, and lets it come to nothing when the tab is seen again. */
async function cut(page: Page): Promise<void> {
  await page.route("**/api/live", (route) => route.abort());
  for (const isHidden of [true, false]) {
    await page.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event("visibilitychange"));`);
  }
}

const WRITTEN_BY_JOB = {
  size: 0,
  query: OF_JOB,
  aggs: { messages: { sum: { field: "messageCount" } } },
};
