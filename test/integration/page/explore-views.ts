/** Sorting, and chats that are written from right to left, on the page of `npm start`, used as a person would. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { checkView, NARROW, overflow } from "../../support/page/browser";
import { settled } from "../../support/page/totals";
import { until } from "../../support/until";
import type { PageOfJob } from "./live-views";

type Times = Readonly<Record<"start" | "end" | "durationMs", number>>;
/** What a later session may not have less of, by the name in the menu. */
const ORDERS: Readonly<Record<string, (times: Times) => number>> = {
  Newest: ({ end }) => -end,
  Oldest: ({ start }) => start,
  Longest: ({ durationMs }) => -durationMs,
};

export function explores(of: () => PageOfJob): void {
  it("sorts what a question finds, by the menu and by keys, over pages, Back and a reload", async () => {
    const { page, troubles } = await of().look();
    const sort = page.getByLabel("Sort");
    await page.fill("#question", "refund");
    await page.keyboard.press("Enter");
    await page.waitForSelector("mark");
    await settled(page);
    const best = await idsOf(page);
    assert.equal(await chosen(page), "Best match");

    await sort.focus();
    for (const [name, lessOf] of Object.entries(ORDERS)) {
      await page.keyboard.press("ArrowDown");
      await settled(page);
      assert.equal(await chosen(page), name);
      const first = await idsOf(page);
      assert.notDeepEqual(first, best);
      await page.getByRole("button", { name: "Next" }).click();
      await page.waitForURL(/page=2/);
      await settled(page);
      const ids = [...first, ...(await idsOf(page))];
      assert.ok(ids.length > 25 && new Set(ids).size === ids.length, `${ids.length} sessions`);
      const values = await timesOf(of().openSearch, ids).then((all) => all.map(lessOf));
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
        name,
      );
      await page.goBack();
      await settled(page);
      assert.deepEqual(await idsOf(page), first);
      await sort.focus();
    }
    assert.equal(new URL(page.url()).searchParams.get("sort"), "longest");
    const longest = await idsOf(page);
    await page.reload();
    await page.waitForSelector(".hit");
    await settled(page);
    assert.deepEqual([await chosen(page), await idsOf(page)], ["Longest", longest]);

    await sort.selectOption("Oldest");
    await settled(page);
    await page.fill("#question", "refund of a blender");
    await page.keyboard.press("Enter");
    await until("another question has its best answers first", async () => (await chosen(page)) === "Best match");
    assert.deepEqual(troubles, []);
  });

  it("shows a chat from right to left as it is written, also in a narrow window", async () => {
    for (const viewport of [NARROW, undefined]) {
      const { page, troubles } = await of().look(viewport === undefined ? {} : { viewport });
      await page.goto(new URL("/?language=ar&to=2030-01-01T00:00:00Z&q=استرداد", page.url()).href);
      await page.waitForSelector("mark");
      await settled(page);
      const excerpts = await textsOf(page, ".hit .excerpt-text");
      assert.ok(excerpts.length > 0);
      for (const text of excerpts) assert.deepEqual(text.wrong, [], text.text);
      await page.locator("[data-hit]").first().click();
      await page.waitForSelector(".bubble");
      const bubbles = await textsOf(page, ".bubble p:first-child");
      assert.ok(bubbles.length >= 5, `${bubbles.length} messages`);
      for (const text of bubbles) assert.deepEqual(text.wrong, [], text.text);
      if (viewport === undefined) continue;
      assert.ok(bubbles.some(({ lines }) => lines > 1));
      await checkView(page, "session-right-to-left", { colorScheme: "light", size: "narrow" });
      // A browser of somebody who reads from right to left may turn the page itself.
      await page.evaluate(`document.documentElement.dir = "rtl"`);
      assert.ok((await overflow(page)) <= 0);
      for (const text of await textsOf(page, ".bubble p:first-child")) assert.deepEqual(text.wrong, [], text.text);
      assert.deepEqual(troubles, []);
    }
  });
}

async function idsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate("[...document.querySelectorAll('[data-hit]')].map((link) => link.dataset.hit)");
}

/** The sort that the menu shows. */
async function chosen(page: Page): Promise<string> {
  return page.evaluate("document.querySelector('.sort select').selectedOptions[0].text");
}

/** Reads the sessions' times from the index, in the order of the ids. */
async function timesOf(openSearch: string, ids: readonly string[]): Promise<readonly Times[]> {
  const answer = await fetch(`${openSearch}/chat-sessions/_mget?_source=start,end,durationMs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ids }),
  });
  const { docs } = (await answer.json()) as { docs: { _source: { start: string; end: string; durationMs: number } }[] };
  return docs.map(({ _source: { start, end, durationMs } }) => {
    return { start: Date.parse(start), end: Date.parse(end), durationMs };
  });
}

interface Text {
  readonly text: string;
  readonly lines: number;
  /** What is not as in a text from right to left. */
  readonly wrong: readonly string[];
}

/** Measures the texts of these elements by the places of their characters. */
async function textsOf(page: Page, selector: string): Promise<readonly Text[]> {
  return page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map(${MEASURE})`);
}

/** The first character stands at the right edge, the last one, which is a mark, left of all others of its line. */
const MEASURE = `(element) => {
  const places = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (let at = 0; at < node.data.length; at++) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      if (node.data[at].trim() !== "") places.push({ letter: node.data[at], left, right, middle: (top + bottom) / 2, top, bottom });
    }
  }
  const box = element.getBoundingClientRect();
  const first = places[0];
  const last = places.at(-1);
  const lineOf = ({ middle }) => places.filter(({ top, bottom }) => top < middle && middle < bottom);
  const wrong = [];
  if (getComputedStyle(element).direction !== "rtl") wrong.push("direction");
  if (Math.abs(box.right - first.right) > 2) wrong.push("the first letter is not at the right edge");
  if (/\\p{P}/u.test(last.letter) && lineOf(last).some(({ left }) => left < last.left - 1)) wrong.push("the last mark");
  if (box.left < 0 || box.right > innerWidth) wrong.push("it does not fit");
  const lines = new Set(places.map(({ middle }) => Math.round(middle / 4))).size;
  return { text: element.textContent, lines, wrong };
}`;
