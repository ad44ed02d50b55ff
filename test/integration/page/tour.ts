/** The tour of docs/tour.md, as a person without a mouse goes it. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { Services } from "../../../src/local/folder";
import { NARROW, type Watched } from "../../support/page/browser";
import { sendSteadily } from "../../support/page/steady-chat";
import { lastTotalOf, settled } from "../../support/page/totals";
import { ARE_PICTURES_WANTED, tourPicture } from "../../support/page/tour-pictures";

/** Its pictures stay readable in a page's column. */
export const TOUR_SIZE = { width: 1_120, height: 860 } as const;
/** Long enough for charts, and for sessions to end. */
const STEADY_MS = ARE_PICTURES_WANTED ? 150_000 : 0;
export const TOUR_TIMEOUT_MS = 120_000 + STEADY_MS;
/** More than any view has elements before the one that is wanted. */
const MAX_TABS = 150;

/** Goes through the page of a job that has read the sample chat. `findServices` tells where its stream is. */
export async function goTour(
  { page, troubles }: Watched,
  findServices: () => Promise<Services | undefined>,
): Promise<void> {
  const { keyboard } = page;
  await lastTotalOf(page);

  await keyboard.press("/");
  await keyboard.type("I was charged twice");
  await keyboard.press("Enter");
  await page.waitForSelector("mark");
  await settled(page);
  const refund = page.getByRole("checkbox", { name: /^Refund/ });
  await tabTo(refund);
  await keyboard.press("Space");
  await settled(page);
  assert.equal(await refund.isChecked(), true);
  await tourPicture(page, "explore");

  await keyboard.press("j");
  await keyboard.press("Enter");
  await page.waitForSelector(".bubble .mask");
  await tourPicture(page, "session");
  const user = await page.innerText("h1");
  await tabTo(page.getByRole("button", { name: /^Reveal/ }));
  await keyboard.press("Enter");
  await page.waitForSelector("text=4111 1111 1111 1111");
  await similarPicture(page);
  await tabTo(page.locator(".panel", { hasText: "Similar sessions" }).locator("a").first());
  const before = page.url();
  await keyboard.press("Enter");
  await page.waitForURL((url) => url.href !== before);
  await page.waitForSelector(".bubble");
  await keyboard.press("Escape");
  await page.waitForURL(before);
  await page.waitForSelector(`h1:has-text("${user}")`);

  await keyboard.press("g");
  await keyboard.press("d");
  await page.waitForSelector(".letter-line");
  await tabTo(page.locator(".letter-line a", { hasText: "Not UTF-8 JSON" }).first());
  await keyboard.press("Enter");
  await page.waitForSelector("pre .mask");
  await tall(page, 770, () => tourPicture(page, "letter"));
  await keyboard.press("Escape");
  await page.waitForSelector(".letter-line");
  await tabTo(page.getByRole("button", { name: /^Redrive \d+ letters/ }));
  await keyboard.press("Enter");
  // The question has the focus.
  await keyboard.press("Enter");
  await page.waitForSelector("text=The last redrive has ended");
  const [, total, failed] = /of (\d+) letters redriven; 0 succeeded; (\d+) failed again and stay/.exec(
    await page.innerText(".redrive"),
  )!;
  assert.equal(total, failed);
  assert.match((await page.getAttribute(".redrive", "class")) ?? "", /failed/);
  await page.waitForSelector(".letters-columns:not(.stale)");
  await tourPicture(page, "dead-letters");

  await keyboard.press("g");
  await keyboard.press("o");
  await page.waitForSelector(".heat");
  await tall(page, 1_310, () => tourPicture(page, "overview"));

  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(NARROW);
  await keyboard.press("g");
  await keyboard.press("e");
  await page.waitForSelector(".hit");
  await settled(page);
  await tourPicture(page, "phone");
  await page.setViewportSize(TOUR_SIZE);

  await keyboard.press("g");
  await keyboard.press("l");
  await page.waitForSelector(".live-item");
  await page.waitForSelector("[data-figure=usd] canvas");
  if (STEADY_MS > 0) await sendSteadily((await findServices())!, STEADY_MS);
  await tall(page, 1_030, () => tourPicture(page, "live"));
  await keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await tourPicture(page, "keys", page.locator("dialog"));
  await keyboard.press("Escape");
  assert.deepEqual(troubles, []);
}

/** The panels below the messages, where a window is as narrow as a tablet. */
async function similarPicture(page: Page): Promise<void> {
  await page.setViewportSize({ width: 800, height: 3_000 });
  const [first, last] = [page.locator(".panel:has(.others)").first(), page.locator(".panel:has(.others)").last()];
  assert.match(await last.innerText(), /^Similar sessions\s/);
  await tourPicture(page, "similar", first, last);
  await page.setViewportSize(TOUR_SIZE);
}

/** Does something in a window of this height, which holds all that the picture is to show. */
async function tall(page: Page, height: number, action: () => Promise<void>): Promise<void> {
  await page.setViewportSize({ ...TOUR_SIZE, height });
  await action();
  await page.setViewportSize(TOUR_SIZE);
}

/** Presses Tab until the element has the focus. */
async function tabTo(wanted: Locator): Promise<void> {
  const page = wanted.page();
  const focused = wanted.and(page.locator(":focus"));
  for (let pressed = 0; pressed <= MAX_TABS; pressed++) {
    if ((await focused.count()) > 0) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${MAX_TABS} times Tab do not lead to ${String(wanted)}`);
}
