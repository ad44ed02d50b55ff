/** The page's server lets in nobody but who has its link, and no other web site. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { JobError } from "../../src/chat/errors";
import { openSearchClient } from "../../src/io/opensearch/client";
import { MAX_LISTENERS } from "../../src/page/live/hub";
import { servePage, type ServedPage } from "../../src/page/serve";
import { launch } from "../support/page/browser";
import { listeningSockets, openSockets } from "../support/processes/listening";
import { ask1, type Question } from "../support/requests/ask";
import { until } from "../support/until";

const JSON_TYPE = { "content-type": "application/json" };
const PATHS = [
  "/",
  "/session/x",
  "/live",
  "/dead-letters",
  "/dead-letters/x",
  "/overview",
  "/api/status",
  "/api/search",
  "/api/facets",
  "/api/live",
  "/api/overview",
  "/api/sessions/x",
  "/api/dead-letters",
  "/api/dead-letters/x",
  "/api/redrive",
  "/api/openapi.json",
  "/assets/icon.svg",
  "/nothing",
];

describe("the page's server", function () {
  this.timeout(30_000);
  let served: ServedPage;
  let other: ServedPage;
  let base: string;
  // Nobody listens there, so a search finds OpenSearch away.
  const openSearch = openSearchClient({
    endpoint: "http://127.0.0.1:9",
    auth: { kind: "none" },
    requestTimeoutMs: 500,
  });
  const sources = {
    openSearch,
    index: "sessions",
    embed: async () => [1],
    lexical: true,
    deadLetters: { client: openSearch, index: "letters" },
  };

  before(async () => {
    served = await servePage(sources);
    other = await servePage(sources);
    base = new URL("/", served.link).href;
  });
  after(async () => {
    await served.close();
    await other.close();
    await openSearch.close();
  });

  async function cookieOf(page: ServedPage): Promise<string> {
    const answer = await fetch(page.link);
    return answer.headers.getSetCookie()[0]!.split(";")[0]!;
  }

  const ask = async (question: Partial<Question> & { readonly path: string }, cookie?: string) =>
    ask1(base, {
      method: "GET",
      ...question,
      headers: { ...(cookie === undefined ? {} : { cookie }), ...question.headers },
    });

  it("shows nothing to whoever has no cookie of its own", async () => {
    const foreign = (await cookieOf(other)).replace(/^[^=]*/, (await cookieOf(served)).split("=")[0]!);
    for (const path of PATHS) {
      for (const cookie of [undefined, foreign, "chat-sessions-1=x"]) {
        const { status, body } = await ask({ path }, cookie);
        assert.equal(status, 401, path);
        assert.match(body, /Open the link that the command printed/);
      }
    }
  });

  it("gives the cookie for its own token alone, out of scripts' and other sites' reach", async () => {
    const token = new URL(served.link).searchParams.get("token")!;
    assert.ok(token.length >= 43, "256 bits");
    for (const wrong of ["", "x", token.slice(1), `${token}x`, new URL(other.link).searchParams.get("token")!]) {
      const answer = await fetch(`${base}?token=${wrong}`);
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    const answer = await fetch(served.link);
    assert.match(
      answer.headers.getSetCookie()[0]!,
      /^chat-sessions-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const body = await answer.text();
    assert.ok(!body.includes(token), "the page that follows forgets the token");
    const cookie = await cookieOf(served);
    assert.ok(!cookie.includes(token));
    assert.equal((await ask({ path: "/api/status" }, cookie)).status, 200);
  });

  it("answers no other site, even with the cookie, and no name that leads here", async () => {
    const cookie = await cookieOf(served);
    const { port } = new URL(base);
    const foreign: readonly Readonly<Record<string, string>>[] = [
      { host: "evil.example" },
      { host: `evil.example:${port}` },
      { host: `localhost.evil.example:${port}` },
      { host: `127.0.0.1:${Number(port) + 1}` },
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `http://127.0.0.1:${Number(port) + 1}` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      for (const path of PATHS)
        assert.equal((await ask({ path, headers }, cookie)).status, 403, JSON.stringify(headers));
      const change = { method: "POST", path: "/api/sessions/x/reveal", headers: { ...JSON_TYPE, ...headers } };
      assert.equal((await ask(change, cookie)).status, 403, JSON.stringify(headers));
    }
    const link = new URL(served.link);
    const path = link.pathname + link.search;
    assert.equal((await ask({ path, headers: { host: "evil.example" } })).status, 403);
    assert.equal((await ask({ path, headers: { "sec-fetch-site": "cross-site" } })).status, 200, "a link in a chat");
    for (const host of ["localhost", "[::1]", "LOCALHOST"]) {
      assert.equal((await ask({ path: "/api/status", headers: { host: `${host}:${port}` } }, cookie)).status, 200);
    }
  });

  const FOLLOWED = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-user": "?1",
  };

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
      const follow = async (): Promise<string> => {
        await page.goto(elsewhere);
        asked.length = 0;
        await page.click("#top");
        await page.waitForSelector("h1");
        return page.innerText("body");
      };
      assert.match(await follow(), /Open the link that the command printed/);
      await page.goto(served.link);
      await page.waitForURL(base);
      const shown = await follow();
      assert.match(shown, /OpenSearch/, "the page's own words on what it cannot read");
      assert.equal(page.url(), `${base}session/x`);
      assert.deepEqual(asked, [`${base}session/x`, `${base}session/x`], "it goes on once");
    } finally {
      await browser.close();
      await new Promise((resolve) => site.close(resolve));
    }
  });

  it("reveals and redrives nothing in a form that another site may send without asking", async () => {
    const cookie = await cookieOf(served);
    for (const path of ["/api/sessions/x/reveal", "/api/dead-letters/x/reveal", "/api/redrive"]) {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
        const question = { method: "POST", path, headers: { "content-type": type } };
        assert.equal((await ask(question, cookie)).status, 403, `${path} ${type}`);
      }
      const foreign = { method: "POST", path, headers: { ...JSON_TYPE, origin: "https://evil.example" } };
      assert.equal((await ask(foreign, cookie)).status, 403, path);
      const preflight = { method: "OPTIONS", path, headers: { origin: "https://evil.example" } };
      assert.equal((await ask(preflight, cookie)).status, 403, path);
    }
    assert.equal((await ask({ path: "/api/sessions/x/reveal" }, cookie)).status, 404, "nor by a link");
    assert.equal((await ask({ path: "/api/dead-letters/x/reveal" }, cookie)).status, 404, "nor by a link");
  });

  it("redrives nothing where it has no job's options", async () => {
    const cookie = await cookieOf(served);
    const { status, body } = await ask(
      { method: "POST", path: "/api/redrive", headers: JSON_TYPE, body: "{}" },
      cookie,
    );
    assert.equal(status, 409);
    assert.match(body, /npm run dead-letters -- redrive/);
  });

  it("sends with every answer that nothing from elsewhere is loaded, and no frame and no cache holds it", async () => {
    const cookie = await cookieOf(served);
    for (const headers of [{ cookie }, { cookie: "" }, { cookie, "sec-fetch-site": "cross-site" }]) {
      for (const path of PATHS) {
        const answer = await fetch(new URL(path, base), { headers });
        const policy = answer.headers.get("content-security-policy") ?? "";
        assert.match(policy, /^default-src 'self';.* frame-ancestors 'none'/, path);
        assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/);
        assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
        assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
        assert.equal(answer.headers.get("access-control-allow-origin"), null);
        if (!path.startsWith("/assets")) assert.equal(answer.headers.get("cache-control"), "no-store", path);
      }
    }
    const document = await (await fetch(base, { headers: { cookie } })).text();
    assert.doesNotMatch(document, /<script(?![^>]* src=)|<style| on\w+=| style=/);
  });

  it("says that OpenSearch is away, so that it is tried again, and what is wrong with a request", async () => {
    const cookie = await cookieOf(served);
    const away = await ask({ path: "/api/search?q=x" }, cookie);
    assert.equal(away.status, 503);
    assert.match(away.body, /"SERVICE_UNREACHABLE".*OpenSearch does not answer/);
    const secret = "SECRET-WORDS";
    for (const query of [
      `zzz=${secret}`,
      `mode=${secret}`,
      `q=${secret}&q=${secret}`,
      "limit=1000",
      "offset=-1",
      `from=${secret}`,
    ]) {
      const { status, body } = await ask({ path: `/api/search?${query}` }, cookie);
      assert.equal(status, 400, query);
      assert.ok(!body.includes(secret), body);
    }
    assert.equal((await ask({ path: `/api/search?q=${"x".repeat(2_001)}` }, cookie)).status, 400);
    assert.equal((await ask({ path: `/api/search?q=${"x".repeat(50_000)}` }, cookie)).status, 431);
  });

  it("tells what is live to so many windows alone, and until it ends", async () => {
    const own = await servePage(sources, 0);
    const headers = { cookie: await cookieOf(own) };
    const open = (): Promise<Response> => fetch(new URL("/api/live", own.link), { headers });
    const streams = await Promise.all(Array.from({ length: MAX_LISTENERS }, open));
    for (const { status, headers: sent } of streams) {
      assert.deepEqual([status, sent.get("content-type")], [200, "text/event-stream; charset=utf-8"]);
    }
    const tooMany = await open();
    assert.equal(tooMany.status, 503);
    assert.match(await tooMany.text(), /TOO_MANY.*close one of them/);
    await streams[0]!.body!.cancel();
    let reopened: Response | undefined;
    await until("a window that goes makes room", async () => (reopened = await open()).ok);
    const reader: ReadableStreamDefaultReader<Uint8Array> = reopened!.body!.getReader();
    assert.match(new TextDecoder().decode((await reader.read()).value), /^event: state\n/);
    await own.close();
    const ends = async (): Promise<boolean> => (await reader.read()).done || ends();
    await ends().catch(() => true);
    for (const stream of streams.slice(1)) await stream.text().catch(() => undefined);
    await assert.rejects(open());
  });

  it("documents each address of its API", async () => {
    const cookie = await cookieOf(served);
    const { body } = await ask({ path: "/api/openapi.json" }, cookie);
    const { paths } = JSON.parse(body) as { paths: Record<string, object> };
    assert.deepEqual(Object.keys(paths).sort(), [
      "/api/dead-letters",
      "/api/dead-letters/{id}",
      "/api/dead-letters/{id}/reveal",
      "/api/facets",
      "/api/live",
      "/api/overview",
      "/api/redrive",
      "/api/search",
      "/api/sessions/{id}",
      "/api/sessions/{id}/reveal",
      "/api/status",
    ]);
  });

  it("listens on this machine's own address alone, on the port that was asked for or not at all", async () => {
    assert.deepEqual(openSockets(listeningSockets([process.pid])), []);
    const port = Number(new URL(base).port);
    await assert.rejects(
      servePage(sources, port),
      (error) => error instanceof JobError && /Port \d+ is not free/.test(error.message),
    );
  });
});
