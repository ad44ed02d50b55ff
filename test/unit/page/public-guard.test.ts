import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { Door, type PageEnvironment } from "../../../src/page/door";
import { publicGuard } from "../../../src/page/public-guard";

const MAX_STREAM_MS = 1_500;
/** Headers of a link that a person follows. */
const FOLLOWED = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

describe("the guards of the page", () => {
  it("lead no request on that asks for a whole address, as a proxy's do", async () => {
    const identify = async () => ({ kind: "refused", status: 401, reason: "none", message: "Sign in." }) as const;
    const guards = [
      { guard: publicGuard("https://chats.example.org", { identify }), hostAt: () => "chats.example.org" },
      { guard: new Door().guard, hostAt: (port: number) => `127.0.0.1:${port}` },
    ];
    for (const { guard, hostAt } of guards) {
      const app = new Hono<PageEnvironment>();
      app.use(guard);
      const server = createAdaptorServer({ fetch: app.fetch, hostname: "127.0.0.1" });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const host = hostAt(port);
      const status = (path: string): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const asked = http.get({ host: "127.0.0.1", port, path, headers: { host, ...FOLLOWED }, agent: false });
          asked.once("response", (response) => resolve(response.resume().statusCode)).once("error", reject);
        });
      try {
        assert.equal(await status("/session/x"), 200);
        assert.equal(await status(`http://${host}/session/x`), 403);
      } finally {
        server.close();
      }
    }
  });
});

describe("the guard of a page for others", () => {
  it("gives the page its reader, and ends streams after a while and nothing else", async () => {
    const reader = { user: "ada" };
    const identify = async () => ({ kind: "reader", reader }) as const;
    const app = new Hono<PageEnvironment>();
    app.use(publicGuard("https://chats.example.org", { identify }, MAX_STREAM_MS));
    const endless = (type: string): Response => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
      });
      return new Response(body, { headers: { "content-type": type } });
    };
    app.get("/who", (context) => context.json(context.get("reader") ?? null));
    app.get("/stream", () => endless("text/event-stream; charset=utf-8"));
    app.get("/other", () => endless("text/plain"));
    const server = createAdaptorServer({ fetch: app.fetch, hostname: "127.0.0.1" });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const headers = { host: "chats.example.org" };
    const open = (path: string): Promise<http.IncomingMessage> =>
      new Promise((resolve, reject) => {
        http.get({ host: "127.0.0.1", port, path, headers, agent: false }, resolve).once("error", reject);
      });
    try {
      const who = await open("/who");
      who.setEncoding("utf8");
      assert.equal((await who.toArray()).join(""), JSON.stringify(reader));
      const [stream, other] = [await open("/stream"), await open("/other")];
      const texts: string[] = [];
      stream.on("data", (chunk: Buffer) => texts.push(chunk.toString("utf8")));
      const ended = new Promise((resolve) => stream.once("close", resolve));
      stream.on("error", () => undefined);
      await ended;
      assert.deepEqual(texts, ["first"]);
      await new Promise((resolve) => setTimeout(resolve, MAX_STREAM_MS));
      assert.equal(other.destroyed, false);
      other.destroy();
    } finally {
      (server as http.Server).closeAllConnections();
      server.close();
    }
  });
});
