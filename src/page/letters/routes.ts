/** The addresses of dead letters. */
import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { roomLog } from "../../log";
import { LETTERS_REQUEST, REDRIVE_REQUEST } from "./contract";
import { type PageEnvironment, refused } from "../door";
import { filterOf, type Letters } from "./letters";
import { readBody, readQuery } from "../read-request";
import type { Redriving } from "./redriving";

const log = roomLog("page");

/** A request names a filter, and no more. */
const MAX_BODY_BYTES = 8_192;

export function addLetterRoutes(app: Hono<PageEnvironment>, letters: Letters, redriving: Redriving): void {
  app.get("/api/dead-letters", async (context) =>
    context.json(await letters.list(readQuery(context, LETTERS_REQUEST))),
  );
  app.get("/api/dead-letters/:id", async (context) => letter(context, context.req.param("id"), false));
  app.post("/api/dead-letters/:id/reveal", async (context) => letter(context, context.req.param("id"), true));
  app.get("/api/redrive", (context) => context.json(redriving.state()));
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context: Context<PageEnvironment>) => refused(context, 413, "TOO_LARGE", "The request is too large."),
  });
  app.post("/api/redrive", limit, async (context) => {
    const filter = filterOf(await readBody(context, REDRIVE_REQUEST));
    const refusal = await redriving.start(filter, context.get("reader"));
    return refusal === undefined ? context.json(redriving.state(), 202) : refused(context, 409, "NO_REDRIVE", refusal);
  });

  async function letter(context: Context<PageEnvironment>, id: string, revealed: boolean): Promise<Response> {
    const found = await letters.one(id, revealed);
    if (found === undefined) return refused(context, 404, "NOT_FOUND", "There is no such dead letter.");
    if (revealed) log.warn({ letter: found.id, ...context.get("reader") }, "the content of a dead letter was revealed");
    return context.json(found);
  }
}
