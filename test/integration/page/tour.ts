/** The tour of docs/tour.md, as a person without a mouse goes it. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { NARROW, type Watched } from "../../support/page/browser";
import { lastTotalOf, settled } from "../../support/page/totals";
import { tourPicture } from "../../support/page/tour-pictures";

/** Its pictures stay readable in a page's column. */
export const TOUR_SIZE = { width: 1_120, height: 760 } as const;
/** More than any view has elements before the one that is wanted. */
const MAX_TABS = 150;

/** Goes through the page of a job that has read the sample chat. */
export async function goTour({ page, troubles }: Watched): Promise<void> {
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
  const similar = page.locator(".panel", { hasText: "Similar sessions" }).locator("a").first();
  await tabTo(similar);
  await tourPicture(page, "similar");
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
  await keyboard.press("j");
  await keyboard.press("Enter");
  await page.waitForSelector("pre");
  await tourPicture(page, "letter");
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
  await page.waitForSelector(".letters-columns:not(.stale)");
  await tourPicture(page, "dead-letters");

  await keyboard.press("g");
  await keyboard.press("o");
  await page.waitForSelector(".heat");
  await tourPicture(page, "overview");

  await page.emulateMedia({ colorScheme: "dark" });
  await keyboard.press("g");
  await keyboard.press("l");
  await page.waitForSelector(".live-item");
  await page.waitForSelector("[data-figure=usd] canvas");
  await tourPicture(page, "live");
  await keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await tourPicture(page, "keys", page.locator("dialog"));
  await keyboard.press("Escape");

  await page.setViewportSize(NARROW);
  await keyboard.press("g");
  await keyboard.press("e");
  await page.waitForSelector(".hit");
  await settled(page);
  await tourPicture(page, "phone");
  assert.deepEqual(troubles, []);
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
