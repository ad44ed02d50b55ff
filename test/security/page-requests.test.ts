/** The page's API refuses what it cannot answer, without repeating it, and ends its streams. */
import assert from "node:assert/strict";
import { MAX_LISTENERS } from "../../src/page/live/hub";
import type { ServedPage } from "../../src/page/serve";
import { askPage, AwayPages, cookieOf, JSON_TYPE } from "../support/page/away-pages";
import type { Question } from "../support/requests/ask";
import { until } from "../support/until";

describe("the page's API", function () {
  this.timeout(30_000);
  const pages = new AwayPages();
  let served: ServedPage;

  before(async () => {
    served = await pages.serve();
  });
  after(async () => pages.close());

  const ask = (question: Partial<Question> & { readonly path: string }, cookie?: string) =>
    askPage(served, question, cookie);

  it("redrives nothing where it has no job's options", async () => {
    const cookie = await cookieOf(served);
    const { status, body } = await ask(
      { method: "POST", path: "/api/redrive", headers: JSON_TYPE, body: "{}" },
      cookie,
    );
    assert.equal(status, 409);
    assert.match(body, /npm run dead-letters -- redrive/);
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
    const own = await pages.serve(0);
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
});
