/** Links of other web sites lead to the page's views, and to nothing else. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServedPage } from "../../src/page/serve";
import { askPage, AwayPages, baseOf, cookieOf, JSON_TYPE } from "../support/page/away-pages";
import { launch } from "../support/page/browser";
import type { Question } from "../support/requests/ask";

const FOLLOWED = {
  "sec-fetch-site": "cross-site",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
  "sec-fetch-user": "?1",
};

describe("links to the page from other web sites", function () {
  this.timeout(30_000);
  const pages = new AwayPages();
  let served: ServedPage;
  let base: string;

  before(async () => {
    served = await pages.serve();
    base = baseOf(served);
  });
  after(async () => pages.close());

  const ask = (question: Partial<Question> & { readonly path: string }, cookie?: string) =>
    askPage(served, question, cookie);

  it("sends whoever follows a link of another site to a view on by itself, and shows nothing before", async () => {
    const { host } = new URL(base);
    for (const site of ["cross-site", "same-site"]) {
      for (const path of ["/", "/session/x", '/?q=a&mode=words&x="><script>']) {
        const headers = { ...FOLLOWED, "sec-fetch-site": site };
        for (const cookie of [undefined, await cookieOf(served)]) {
          const { status, body } = await ask({ path, headers }, cookie);
          const target = new URL(path, base).href.replaceAll("&", "&#38;").replaceAll("'", "&#39;");
          assert.equal(status, 200, path);
          assert.ok(body.includes(`<meta http-equiv="refresh" content="0;url=${target}">`), body);
          assert.doesNotMatch(body, /<script/);
        }
      }
    }
    const elsewhere = await ask({ path: "/.//evil.example/x", headers: FOLLOWED });
    assert.ok(elsewhere.body.includes(`content="0;url=http://${host}//evil.example/x"`), elsewhere.body);
  });

  it("lets no other site do more than have a link followed", async () => {
    const cookie = await cookieOf(served);
    for (const path of ["/api/search", "/api/sessions/x", "/api", "/assets/icon.svg"])
      assert.equal((await ask({ path, headers: FOLLOWED }, cookie)).status, 403, path);
    const others: readonly Readonly<Record<string, string>>[] = [
      { "sec-fetch-dest": "iframe" },
      { "sec-fetch-dest": "image" },
      { "sec-fetch-dest": "empty", "sec-fetch-mode": "cors" },
      { "sec-fetch-mode": "no-cors" },
      { origin: "https://evil.example" },
      { host: "evil.example" },
    ];
    for (const headers of others) {
      const { status } = await ask({ path: "/session/x", headers: { ...FOLLOWED, ...headers } }, cookie);
      assert.equal(status, 403, JSON.stringify(headers));
    }
    for (const method of ["POST", "PUT", "HEAD", "OPTIONS"]) {
      const headers = { ...FOLLOWED, ...JSON_TYPE };
      assert.equal((await ask({ method, path: "/session/x", headers }, cookie)).status, 403, method);
    }
  });

  it("is reached in a browser by a link of another site, with the cookie alone", async function () {
    const browser = await launch(this);
    const site = createServer((_, response) =>
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(`<a id="top" href="${base}session/x">alert</a><iframe src="${base}session/x"></iframe>`),
    );
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    // Another site than 127.0.0.1, as the name counts and not the port.
    const elsewhere = `http://localhost:${(site.address() as AddressInfo).port}/`;
    try {
      const page = await browser.newPage();
      const asked: string[] = [];
      page.on("request", (request) => request.isNavigationRequest() && asked.push(request.url()));
      /** Follows the link, and waits until the page says the words. */
      const follow = async (words: string): Promise<void> => {
        await page.goto(elsewhere);
        asked.length = 0;
        await page.click("#top");
        await page.waitForSelector(`text=${words}`);
      };
      await follow("Open the link that the command printed");
      await page.goto(served.link);
      await page.waitForURL(base);
      // The page's own words on what it cannot read.
      await follow("OpenSearch");
      assert.equal(page.url(), `${base}session/x`);
      assert.deepEqual(asked, [`${base}session/x`, `${base}session/x`], "it goes on once");
    } finally {
      await browser.close();
      await new Promise((resolve) => site.close(resolve));
    }
  });
});
