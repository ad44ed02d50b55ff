/** The number of sessions that a page tells. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";

/** Sessions that are under way come one after the other. */
const GROWS_WITHIN_MS = 4_000;

/** Waits until nothing is loading, and what was drawn belongs to the address. */
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector(".progress:not(.on)", { state: "attached" });
}

/** The number of sessions when the job has indexed all of the sample: it grows no more for some seconds. */
export async function lastTotalOf(page: Page): Promise<number> {
  for (let before = -1; ;) {
    const total = await totalOf(page);
    if (total === before) return total;
    before = total;
    await sleep(GROWS_WITHIN_MS);
    await page.reload();
    await page.waitForSelector(".hit");
  }
}

export async function totalOf(page: Page): Promise<number> {
  await settled(page);
  return Number(/[\d,]+/.exec((await page.textContent("[role=status]")) ?? "")?.[0].replace(",", ""));
}
