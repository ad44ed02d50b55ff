/** The page's server lets in nobody but who has its link, and no other web site. */
import assert from "node:assert/strict";
import { JobError } from "../../src/chat/errors";
import type { ServedPage } from "../../src/page/serve";
import { askPage, AwayPages, baseOf, cookieOf, JSON_TYPE, PATHS } from "../support/page/away-pages";
import { listeningSockets, openSockets } from "../support/processes/listening";
import type { Question } from "../support/requests/ask";

describe("the page's server", function () {
  this.timeout(30_000);
  const pages = new AwayPages();
  let served: ServedPage;
  let other: ServedPage;
  let base: string;

  before(async () => {
    served = await pages.serve();
    other = await pages.serve();
    base = baseOf(served);
  });
  after(async () => pages.close());

  const ask = (question: Partial<Question> & { readonly path: string }, cookie?: string) =>
    askPage(served, question, cookie);

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

  it("listens on this machine's own address alone, on the port that was asked for or not at all", async () => {
    assert.deepEqual(openSockets(listeningSockets([process.pid])), []);
    const port = Number(new URL(base).port);
    await assert.rejects(
      pages.serve(port),
      (error) => error instanceof JobError && /Port \d+ is not free/.test(error.message),
    );
  });
});
