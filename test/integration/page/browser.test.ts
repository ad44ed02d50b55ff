/** The page of `npm start`, used as a person would. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { findServices } from "../../../src/local/folder";
import {
  checkView,
  launch,
  linkIn,
  NARROW,
  open,
  picture,
  type Watched,
  WIDE,
  type WindowSettings,
} from "../../support/page/browser";
import { isLedToByAlerts } from "./alert-links";
import { explores } from "./explore-views";
import { runsNoHostileText } from "./hostile-views";
import { watchesLive } from "./live-views";
import { readsOverview } from "./overview-views";
import { signsIn } from "./sign-in-views";
import { goTour, TOUR_SIZE, TOUR_TIMEOUT_MS } from "./tour";
import { lastTotalOf, settled, totalOf } from "../../support/page/totals";
import { command, type Command } from "../../support/processes/npm";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const QUESTION = "I was charged twice";

describe("the page of npm start", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  let job: Command;
  let browser: Browser;
  let link: string;
  let openSearch: string;

  before(async function () {
    browser = await launch(this);
    folder = await temporaryFolder("page");
    job = command(["--data-dir", folder.path], { CHAT_SESSIONS_LOG_LEVEL: "warn" });
    await job.until("the job shows its first sessions", () => job.output().includes("Try next:"), 100_000);
    link = linkIn(job) ?? assert.fail(job.output());
    openSearch = (await findServices(folder.path))?.opensearch ?? assert.fail(job.output());
  });
  after(async () => {
    await browser?.close();
    job?.process.kill("SIGINT");
    await job?.ended;
    await folder?.remove();
  });

  const windows: Watched[] = [];
  const look = async (settings: WindowSettings = {}, to = link): Promise<Watched> => {
    const window = await open(browser, to, settings);
    windows.push(window);
    return window;
  };
  afterEach(async () => {
    for (const { context } of windows.splice(0)) await context.close();
  });

  async function ask(page: Page, question = QUESTION): Promise<void> {
    await page.keyboard.press("/");
    await page.keyboard.type(question);
    await page.keyboard.press("Enter");
    await page.waitForSelector("mark");
    await settled(page);
  }

  it("leads by keyboard alone through the tour of its documentation, from a question to a redrive", async function () {
    this.timeout(TOUR_TIMEOUT_MS);
    await goTour(await look({ viewport: TOUR_SIZE }), () => findServices(folder.path));
  });

  it("is searched, filtered and read by keyboard alone; Back and a reload bring back what was there", async () => {
    const { page, troubles } = await look();
    await settled(page);
    assert.match((await page.textContent("[role=status]")) ?? "", /newest first/);
    assert.match(await page.getByRole("group", { name: "Alerts" }).innerText(), /Phone number, by the summary\s+\d/);
    await ask(page);
    assert.match(await page.innerText(".hit"), /charged twice/);
    await page.keyboard.press("Escape");

    const box = page.getByRole("checkbox", { name: /^Refund/ });
    await box.focus();
    await page.keyboard.press("Space");
    await settled(page);
    const asked = new URL(page.url());
    assert.deepEqual([asked.searchParams.get("q"), asked.searchParams.get("intent")], [QUESTION, "refund"]);
    for (const intent of await page.locator(".hit .chip.intent").allInnerTexts()) assert.equal(intent, "Refund");

    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const second = page.locator("[data-hit]").nth(1);
    assert.equal(await isFocused(second), true);
    const user = await second.innerText();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".bubble");
    assert.equal(await page.innerText("h1"), user);
    await page.keyboard.press("j");
    assert.match(await page.evaluate("document.activeElement.className"), /bubble-row/);

    await page.keyboard.press("Escape");
    await page.waitForSelector(".hit");
    assert.equal(page.url(), asked.href);
    await until("the focus is back", () => isFocused(second));
    await page.goBack();
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get("intent"), null);
    await page.goForward();
    await page.reload();
    await page.waitForSelector(".hit");
    await settled(page);
    assert.equal(await box.isChecked(), true);
    assert.equal(await page.inputValue("#question"), QUESTION);
    assert.deepEqual(troubles, []);
  });

  it("chooses a time by drawing over the bars, pages, and finds words and meanings apart", async () => {
    const { page, troubles } = await look();
    const total = await lastTotalOf(page);
    await page.getByRole("button", { name: "Next" }).click();
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get("page"), "2");
    assert.equal(await page.locator(".hits").getAttribute("start"), "21");
    const bars = (await page.locator(".histogram svg").boundingBox())!;
    const y = bars.y + bars.height / 2;
    await page.mouse.move(bars.x + 2, y);
    await page.mouse.down();
    await page.mouse.move(bars.x + bars.width / 4, y, { steps: 4 });
    await page.mouse.up();
    await settled(page);
    const within = await totalOf(page);
    assert.ok(within > 0 && within < total, `${within} of ${total}`);
    await page.getByRole("button", { name: "Clear all" }).click();
    await settled(page);
    assert.equal(await totalOf(page), total);

    await ask(page, "blender");
    await page.getByText("Words", { exact: true }).click();
    await settled(page);
    for (const text of await page.locator(".hit").allInnerTexts()) assert.match(text, /blender/i);
    await page.fill("#question", "qqqqqqq");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".empty");
    await page.getByRole("button", { name: "Search by meaning too" }).click();
    await page.waitForSelector(".hit");
    assert.deepEqual(troubles, []);
  });

  it("hides sensitive values until they are revealed, and logs that without the text", async () => {
    const { page, troubles } = await look();
    await ask(page, "IBAN DE89");
    await page.locator("[data-hit]").first().click();
    await page.waitForSelector(".mask");
    assert.doesNotMatch(await page.innerText("main"), /3704 0044/);
    await page.getByRole("button", { name: /^Reveal/ }).click();
    await page.waitForSelector("text=3704 0044");
    await picture(page, "revealed");
    const id = new URL(page.url()).pathname.split("/").at(-1)!;
    await until("the reveal is logged", () => job.output().includes("sensitive values of a session were revealed"));
    assert.ok(job.output().includes(id));

    await page.getByRole("button", { name: "Hide values" }).click();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.waitForSelector("text=Link copied");
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), page.url());
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export JSON" }).click(),
    ]);
    const saved = await readFile(await download.path(), "utf8");
    assert.equal((JSON.parse(saved) as { id: string }).id, id);
    assert.doesNotMatch(saved, /3704 0044/);
    await page.locator(".others a").first().click();
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    await page.waitForSelector(".bubble");
    assert.deepEqual(troubles, []);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has nothing that axe finds, in ${colorScheme} colours, wide and narrow, and fits its window`, async () => {
      for (const [size, viewport] of [
        ["wide", WIDE],
        ["narrow", NARROW],
      ] as const) {
        const { page } = await look({ colorScheme, viewport });
        const check = (view: string): Promise<void> => checkView(page, view, { colorScheme, size });
        await check("newest");
        await ask(page);
        if (size === "narrow") await page.locator(".side-fold > summary").click();
        await page.getByRole("checkbox", { name: /^Refund/ }).check();
        await settled(page);
        await check("filtered");
        await page.keyboard.press("?");
        await page.waitForSelector("dialog[open]");
        await check("help");
        await page.keyboard.press("Escape");
        await page.locator("[data-hit]").first().click();
        await page.waitForSelector(".bubble");
        await check("session");
        await page.goto(new URL("/session/none", link).href);
        await page.waitForSelector(".empty");
        await check("missing");
        await page.goto(new URL("/?q=qqqqqqq&mode=keyword&user=nobody", link).href);
        await page.waitForSelector(".empty");
        await check("empty");
        await page.route("**/api/**", (route) => route.abort());
        await page.getByRole("button", { name: "Search without filters" }).click();
        await page.waitForSelector(".failure");
        await check("away");
      }
    });
  }

  it("keeps what it knows while its server is away, and goes on by itself", async () => {
    const { page } = await look();
    const before = await page.locator(".hit").count();
    await page.route("**/api/**", (route) => route.abort());
    await page.fill("#question", QUESTION);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".failure");
    assert.equal(await page.locator(".hit").count(), before);
    await page.unroute("**/api/**");
    await page.waitForSelector("mark");
    assert.equal(await page.locator(".failure").count(), 0);
  });

  it("loads less than 100 KB, all of it from its own server", async () => {
    const { page, troubles, context } = await look();
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    let bytes = 0;
    client.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await client.send("Network.setCacheDisabled", { cacheDisabled: true });
    await page.reload();
    await page.waitForSelector(".hit");
    await settled(page);
    assert.ok(bytes > 10_000 && bytes < 100_000, `${bytes} bytes`);
    assert.deepEqual(troubles, []);
  });

  explores(() => ({ link, look, openSearch }));
  runsNoHostileText(() => ({ link, look, openSearch }));
  watchesLive(() => ({ link, look, openSearch }));
  readsOverview(() => ({ link, look, openSearch }));
  isLedToByAlerts(() => ({ folder: folder.path, link, look }));
  signsIn(() => ({ folder: folder.path, browser }));
});

/** True for the link of a hit that has the focus. */
async function isFocused(link: Locator): Promise<boolean> {
  const id = await link.getAttribute("data-hit");
  return id !== null && id === (await link.page().evaluate<unknown>("document.activeElement.dataset.hit"));
}
