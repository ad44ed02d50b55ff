/** Overview on the page of `npm start`, used as a person would. */
import assert from "node:assert/strict";
import { until } from "../../support/until";
import type { PageOfJob } from "./live-views";

export function readsOverview(of: () => PageOfJob): void {
  it("has an overview whose every figure leads to its sessions in Explore", async () => {
    const { page, troubles } = await of().look();
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.waitForSelector(".heat");
    await page.goto(new URL("/overview?to=2030-01-01T00:00:00Z", page.url()).href);
    await page.waitForSelector(".heat");
    assert.match(await page.innerText(".overview-totals"), /^\d+ sessions·?\s*·?\s*\d+ users/);
    const shown = async (link: string): Promise<void> => {
      const target = page.locator(link).first();
      const count = Number(await page.evaluate(`(${COUNT_BESIDE})(document.querySelector(${JSON.stringify(link)}))`));
      await target.focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector(".hit");
      await until("the sessions are counted", async () =>
        (await page.innerText("[role=status]")).startsWith(`${count} session`),
      );
      await page.goBack();
      await page.waitForSelector(".heat");
    };
    await shown(".heat-cell a");
    await shown(".heat th a");
    await shown("section[aria-labelledby=languages-title] a");
    await page.locator(".overview-table summary").click();
    await shown(".overview-table a");
    await page.goto(new URL("/overview?from=2031-01-01T00:00:00Z&to=2032-01-01T00:00:00Z", page.url()).href);
    await page.waitForSelector(".empty");
    await page.getByRole("button", { name: "Show all sessions" }).click();
    await page.waitForSelector(".heat");
    assert.deepEqual(troubles, []);
  });
}

/** The number of a cell, or of the row, that a link is in. */
const COUNT_BESIDE = `(link) => (link.closest("td") ??
  link.closest("tr")?.querySelector("td") ??
  link.closest("li").querySelector(".row-count")).innerText`;
