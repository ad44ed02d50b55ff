/** The page's addresses. */
import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import type { FatalCode } from "../chat/errors";
import { JobError } from "../chat/errors";
import { roomLog } from "../log";
import { type Asset, pageAssets } from "./assets";
import { Backend, type PageSources } from "./backend";
import { FACETS_REQUEST, SEARCH_REQUEST, type StatusAnswer } from "./contract";
import { type PageEnvironment, refused } from "./door";
import { addLetterRoutes } from "./letters/routes";
import { Letters } from "./letters/letters";
import { LIVE_REQUEST } from "./live/contract";
import { type LiveHub, MAX_LISTENERS } from "./live/hub";
import { openApi } from "./open-api";
import { overviewAnswer } from "./overview/answer";
import { OVERVIEW_REQUEST } from "./overview/contract";
import { readQuery, sentenceOf } from "./read-request";
import type { Redriving } from "./letters/redriving";

const log = roomLog("page");

/** Statuses of errors that are no fault of the page; others are 502. */
const STATUSES: Readonly<Partial<Record<FatalCode, 400 | 409 | 503>>> = {
  BAD_OPTION: 400,
  INDEX_MISFIT: 409,
  SERVICE_UNREACHABLE: 503,
};

/** The page behind a guard, which lets its readers in. */
export function pageApp(
  sources: PageSources,
  guard: MiddlewareHandler<PageEnvironment>,
  redriving: Redriving,
  live: LiveHub,
): Hono<PageEnvironment> {
  const backend = new Backend(sources);
  const app = new Hono<PageEnvironment>();
  app.use(guard);

  app.get("/api/search", async (context) => context.json(await backend.search(readQuery(context, SEARCH_REQUEST))));
  app.get("/api/facets", async (context) => context.json(await backend.facets(readQuery(context, FACETS_REQUEST))));
  app.get("/api/sessions/:id", async (context) => session(context, context.req.param("id"), false));
  app.post("/api/sessions/:id/reveal", async (context) => session(context, context.req.param("id"), true));
  app.get("/api/status", (context) => {
    const { index, lexical } = sources;
    return context.json({ index, lexical } satisfies StatusAnswer);
  });
  addLetterRoutes(app, new Letters(sources.deadLetters), redriving);
  app.get("/api/overview", async (context) =>
    context.json(await overviewAnswer(sources, readQuery(context, OVERVIEW_REQUEST))),
  );
  app.get("/api/live", async (context) => {
    const { since } = readQuery(context, LIVE_REQUEST);
    const body = await live.open({
      lastId: context.req.header("last-event-id"),
      sinceMs: since === undefined ? undefined : Date.parse(since),
    });
    const sentence = `${MAX_LISTENERS} windows watch live already: close one of them.`;
    if (body === undefined) return refused(context, 503, "TOO_MANY", sentence);
    return context.body(body, 200, { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
  });
  app.get("/api/openapi.json", (context) => context.json(openApi()));
  app.get("/assets/:name", async (context) => {
    const file = (await pageAssets()).files.get(context.req.path);
    return file === undefined ? refused(context, 404, "NOT_FOUND", "There is no such file.") : sent(context, file);
  });
  // The page's own program tells its views apart.
  for (const view of ["/", "/session/:id", "/live", "/dead-letters", "/dead-letters/:id", "/overview"]) {
    app.get(view, async (context) => context.html((await pageAssets()).document));
  }

  async function session(context: Context<PageEnvironment>, id: string, revealed: boolean): Promise<Response> {
    const found = await backend.session(id, revealed);
    if (found === undefined) return refused(context, 404, "NOT_FOUND", "There is no such session.");
    if (revealed) log.warn({ session: id, ...context.get("reader") }, "sensitive values of a session were revealed");
    return context.json(found);
  }

  app.notFound((context) => refused(context, 404, "NOT_FOUND", "There is no such page."));
  app.onError((error, context) => {
    if (error instanceof z.ZodError) return refused(context, 400, "BAD_REQUEST", sentenceOf(error));
    if (error instanceof JobError) {
      return refused(context, STATUSES[error.code] ?? 502, error.code, error.message);
    }
    // An unknown error's message may hold chat text.
    log.error({ error: error.name }, "a request of the page failed");
    return refused(context, 500, "FAILED", "The page's server failed at this: its log has the kind of error.");
  });
  return app;
}

function sent(context: Context, { type, plain, br, gzip }: Asset): Response {
  const accepted = context.req.header("accept-encoding") ?? "";
  const [encoding, body] = accepted.includes("br")
    ? (["br", br] as const)
    : accepted.includes("gzip")
      ? (["gzip", gzip] as const)
      : ([undefined, plain] as const);
  return context.body(body, 200, {
    "content-type": type,
    "cache-control": "private, max-age=31536000, immutable",
    vary: "accept-encoding",
    ...(encoding === undefined ? {} : { "content-encoding": encoding }),
  });
}
