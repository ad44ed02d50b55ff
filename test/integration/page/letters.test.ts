/** Dead letters on the page, as a person would look through and redrive them. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { countDeadLetters } from "../../../src/io/opensearch/letters/dead-letter-store";
import type { ServedPage } from "../../../src/page/serve";
import {
  checkView,
  launch,
  NARROW,
  open,
  overflow,
  picture,
  violations,
  type Watched,
  WIDE,
} from "../../support/page/browser";
import { HOSTILE_TEXTS } from "../../support/page/hostile-texts";
import { CARD, letterServer, type LetterServer, MENDED, mendedLetter } from "../../support/page/letter-server";
import { until } from "../../support/until";

/** Letters whose redrive does not come to its end. */
const INTERRUPTED = 10;

describe("dead letters on the page", function () {
  this.timeout(120_000);
  let server: LetterServer;
  let served: ServedPage;
  let browser: Browser;

  before(async function () {
    browser = await launch(this);
    server = await letterServer();
    served = await server.serve();
  });
  after(async () => {
    await browser?.close();
    await served?.close();
    await server?.stop();
  });

  const windows: Watched[] = [];
  const look = async (settings: Parameters<typeof open>[2] = {}): Promise<Watched> => {
    const window = await open(browser, served.link, settings);
    windows.push(window);
    return window;
  };
  afterEach(async () => {
    await server.setModelsAway(false);
    for (const { context } of windows.splice(0)) await context.close();
  });

  const count = (filter = {}): Promise<number> =>
    countDeadLetters({ client: server.client, index: server.index }, filter);
  const go = async (page: Page, path: string, wanted = ".letter-line"): Promise<void> => {
    await page.goto(new URL(path, served.link).href);
    await page.waitForSelector(wanted);
  };
  const headline = ".letters-columns:not(.stale) h2";

  it("are counted by reason, filtered, paged, opened and closed by keyboard, and say what mends them", async () => {
    const { page, troubles } = await look();
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await page.waitForSelector(".letter-line");
    assert.match(await page.innerText(headline), new RegExp(`^${MENDED + 4} letters`));
    await page.getByRole("link", { name: /^NO_USER/ }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(`h2:has-text("${MENDED} letters")`);
    assert.match(await page.innerText(".mend"), /--user-field/);
    assert.equal(await page.locator(".letter-line").count(), 25);
    await page.getByRole("button", { name: "Older" }).click();
    await page.waitForURL(/after=/);
    await page.waitForSelector(".letters-columns:not(.stale)");
    assert.equal(await page.locator(".letter-line").count(), MENDED - 25);
    await page.goBack();
    await page.waitForSelector(".letter-line >> nth=24");

    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForSelector("pre");
    assert.match(await page.innerText("pre"), /Where is parcel 29\?/);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".letter-line");
    assert.equal(new URL(page.url()).searchParams.get("code"), "NO_USER");
    assert.deepEqual(troubles, []);
  });

  it("hide values until they are revealed, show bytes that are no text, and say that they are sealed", async () => {
    const { page, troubles } = await look();
    await go(page, "/dead-letters?code=UNREADABLE");
    const links = page.locator("[data-hit]");
    await links.nth(1).click();
    await page.waitForSelector(".mask");
    assert.doesNotMatch(await page.innerText("main"), /1111|a@b/);
    await page.getByRole("button", { name: "Reveal 2 values" }).click();
    await page.waitForSelector(`text=${CARD}`);
    await picture(page, "letter-revealed");
    await page.getByRole("button", { name: "Hide values" }).click();
    await page.waitForSelector(".mask");
    await page.goBack();
    await links.first().click();
    await page.waitForSelector("pre:text-is('ff fe 00 1b')");
    await page.getByRole("button", { name: "Reveal 1 value" }).click();
    await page.waitForSelector("pre:text-is('ff fe 00 1b 41')");
    await go(page, "/dead-letters?stage=summarise");
    await links.first().click();
    await page.waitForSelector(".letter-messages .mask");
    assert.doesNotMatch(await page.innerText("main"), /1111/);
    await go(page, "/dead-letters?code=TOO_LARGE");
    await links.first().click();
    await page.waitForSelector("text=Its content is sealed for key");
    assert.equal(await page.getByRole("button", { name: /^Redrive/ }).count(), 0);
    assert.deepEqual(troubles, []);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`have nothing that axe finds, in ${colorScheme} colours, wide and narrow, and fit their window`, async () => {
      for (const [size, viewport] of [
        ["wide", WIDE],
        ["narrow", NARROW],
      ] as const) {
        const { page } = await look({ colorScheme, viewport });
        const check = (view: string): Promise<void> => checkView(page, view, { colorScheme, size });
        await go(page, "/dead-letters");
        await check("letters");
        await go(page, "/dead-letters?code=NO_USER&stage=parse");
        await page.getByRole("button", { name: /^Redrive/ }).click();
        await check("letters-sure");
        await go(page, "/dead-letters?code=MODEL_REFUSED");
        await page.locator("[data-hit]").first().click();
        await page.waitForSelector(".letter-messages");
        await check("letter-session");
        await go(page, "/dead-letters/none", ".empty");
        await check("letter-missing");
      }
    });
  }

  it("stay when the page's server ends amid their redrive", async () => {
    await server.write(Array.from({ length: INTERRUPTED }, (_, number) => mendedLetter(500 + number, "AMBIGUOUS")));
    const own = await server.serve();
    const { page } = await open(browser, own.link).then((window) => (windows.push(window), window));
    await page.goto(new URL("/dead-letters?code=AMBIGUOUS", own.link).href);
    await page.getByRole("button", { name: `Redrive ${INTERRUPTED} letters` }).click();
    await page.getByRole("button", { name: /now$/ }).click();
    await page.waitForSelector("text=A redrive is running");
    await own.close();
    await server.client.request({ method: "POST", path: `/${server.index}/_refresh` });
    assert.equal(await count({ code: "AMBIGUOUS" }), INTERRUPTED);
  });

  it("are redriven, one or those of a filter, with progress that a reload shows, one redrive at a time", async () => {
    const { page, troubles } = await look();
    await go(page, "/dead-letters?code=UNREADABLE");
    await page.locator("[data-hit]").nth(1).click();
    await page.getByRole("button", { name: "Redrive this letter" }).click();
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=1 failed again and stay");
    await page.waitForSelector("dd:text-is('2')");

    await go(page, "/dead-letters?code=TOO_LARGE");
    await page.getByRole("button", { name: "Redrive 1 letter" }).click();
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=0 of 1 letter redriven; 1 left, whose whole content cannot be read here.");

    await go(page, "/dead-letters?code=NO_USER");
    await page.getByRole("button", { name: `Redrive ${MENDED} letters` }).click();
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=A redrive is running");
    await server.setModelsAway(true);
    await page.reload();
    await page.waitForSelector("text=A redrive is running");
    await picture(page, "redrive");
    assert.deepEqual(await violations(page), []);
    assert.equal(await page.getByRole("button", { name: /^Redrive/ }).isDisabled(), true);
    const second = await page.evaluate<string>(
      `fetch("/api/redrive", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })
        .then(async (answer) => answer.status + " " + await answer.text())`,
    );
    assert.match(second, /^409 .*A redrive is running/);
    await server.setModelsAway(false);
    await page.waitForSelector(`text=${MENDED} succeeded; 0 failed again`);
    await page.waitForSelector("h2:has-text('0 letters')");
    assert.equal(await count({ code: "NO_USER" }), 0);
    assert.equal(await count(), INTERRUPTED + 4);
    await page.goto(new URL("/?user=NO_USER-1", served.link).href);
    await until("the sessions are there", async () => {
      await page.reload();
      await page.waitForSelector(".hit, .empty");
      return (await page.locator(".hit").count()) > 0;
    });
    // The browser reports the refusal of the second one.
    assert.deepEqual(
      troubles.filter((trouble) => !trouble.includes("409")),
      [],
    );
  });

  it("refuse a redrive that is none, without any of its words", async () => {
    const { page } = await look();
    const ask = (body: string) =>
      page.evaluate<string>(
        `fetch("/api/redrive", { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(body)} })
          .then(async (answer) => answer.status + " " + await answer.text())`,
      );
    assert.match(await ask('{"code":"SECRET"}'), /^409 .*There are no such dead letters/);
    for (const body of ["SECRET", '{"secret":"SECRET"}', '{"code":7}', "null"]) {
      const answer = await ask(body);
      assert.match(answer, /^400 /, body);
      assert.doesNotMatch(answer, /SECRET/);
    }
    assert.match(await ask(JSON.stringify({ code: "x".repeat(20_000) })), /^413 /);
  });

  it(`run none of ${HOSTILE_TEXTS.length} hostile texts in any field, and keep their layout`, async () => {
    await plant();
    const { page, troubles } = await look({ viewport: NARROW });
    const check = async (what: string): Promise<void> => {
      assert.equal(await page.evaluate("typeof pwned"), "undefined", what);
      assert.ok((await overflow(page)) <= 0, `${what} breaks the layout`);
    };
    await go(page, "/dead-letters");
    const links = new Set<string>();
    for (;;) {
      await page.waitForSelector(".letters-columns:not(.stale)");
      await check(page.url());
      const found = await page.evaluate<string[]>(
        "[...document.querySelectorAll('[data-hit]')].map(({ href }) => href)",
      );
      for (const href of found) if (decodeURIComponent(href).includes("hostile")) links.add(href);
      const next = page.getByRole("button", { name: "Older" });
      if (await next.isDisabled()) break;
      const before = page.url();
      await next.click();
      await page.waitForURL((url) => url.href !== before);
    }
    await picture(page, "letters-hostile");
    assert.equal(links.size, HOSTILE_TEXTS.length);
    for (const href of links) {
      await page.evaluate(
        `history.pushState(null, "", ${JSON.stringify(href)}); dispatchEvent(new PopStateEvent("popstate"))`,
      );
      await page.waitForSelector("pre, .letter-messages");
      await check(href);
    }
    for (const text of HOSTILE_TEXTS.slice(0, 25)) {
      await go(
        page,
        `/dead-letters?${new URLSearchParams({ code: text, stage: text, after: text }).toString()}`,
        "main h2, .failure",
      );
      await check(`asked ${text}`);
    }
    assert.deepEqual(
      troubles.filter((trouble) => !trouble.includes("400")),
      [],
    );
  });

  /** Gives the index a letter for each hostile text, which stands in all of its fields, in its record or messages. */
  async function plant(): Promise<void> {
    await server.write([mendedLetter(999)]);
    const { client, index } = server;
    const query = { term: { code: "NO_USER" } };
    const found = await client.request({ method: "POST", path: `/${index}/_search`, json: { size: 1, query } });
    const { hits } = found.body as { hits: { hits: { _source: Record<string, unknown> }[] } };
    const base = hits.hits[0]!._source;
    const lines = HOSTILE_TEXTS.flatMap((text, number) => {
      const id = `hostile ${number} ${text}`.slice(0, 200);
      const isSession = number % 2 === 0;
      const message = {
        userId: text,
        content: text,
        role: text,
        timestampMs: 0,
        arrivalMs: 0,
        position: base["position"],
      };
      const part = { sessionKey: text, startMs: 0, endMs: 0, part: 1, partCount: 1, pane: 0, early: false };
      const payload = isSession ? JSON.stringify({ ...part, messages: [message] }) : text;
      const document = {
        ...base,
        ...{ id, code: text, stage: text, reason: text, kind: isSession ? "session" : "record" },
        ...{ position: { shardId: text, sequenceNumber: text, subSequenceNumber: 1 } },
        payload: Buffer.from(payload).toString("base64"),
      };
      return [JSON.stringify({ index: { _id: id } }), JSON.stringify(document)];
    });
    const body = Buffer.from(`${lines.join("\n")}\n`);
    const path = `/${index}/_bulk`;
    const written = await client.request({ method: "POST", path, query: { refresh: true }, lines: body });
    assert.equal((written.body as { errors: boolean }).errors, false, JSON.stringify(written.body).slice(0, 1_000));
  }
});
