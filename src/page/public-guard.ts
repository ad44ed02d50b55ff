/**
 * Who is let in where other machines reach the page.
 *
 * 1. A request names the page's one public origin, and a change comes from that origin: a page of another site in the
 *    same browser can neither read nor send anything, whatever its browser adds by itself (passwords, a proxy's
 *    cookies).
 * 2. Everything but a sign of life needs a sign-in, with each request.
 * 3. A stream ends after a while, so that it is asked for anew.
 * 4. Links of other sites lead to the views as they do on one machine.
 */
import type { ServerResponse } from "node:http";
import type { MiddlewareHandler } from "hono";
import { refusalAt } from "../local/origin-guard";
import { roomLog } from "../log";
import type { Authenticator, SignIn } from "./auth/sign-in";
import { Throttle } from "./auth/throttle";
import { goOn, leadsHere, type PageEnvironment, refused, setHeaders } from "./door";

const log = roomLog("page");

/** For a load balancer's checks, which have neither a sign-in nor the page's name. It tells nothing else. */
const HEALTH_PATH = "/healthz";

/** A year, as browsers' lists of such sites ask for. */
const HSTS = "max-age=31536000";
/** Refused sign-ins are told, but whoever sends many must not fill a disk. */
const LINES = { maxTries: 20, refillMs: 30_000, maxKeys: 1 } as const;

/** Whoever was signed out, or whose user is gone, watches Live no longer than this. */
const MAX_STREAM_MS = 15 * 60_000;

const CODES = { 401: "NOT_SIGNED_IN", 429: "TOO_MANY", 503: "NO_SIGN_IN_NOW" } as const;

/** Lets in whom `authenticator` knows, under `origin` alone. */
export function publicGuard(
  origin: string,
  authenticator: Authenticator,
  maxStreamMs = MAX_STREAM_MS,
): MiddlewareHandler<PageEnvironment> {
  const site = publicSite(origin);
  const lines = new Throttle(LINES);
  // Browsers take the header for all ports of a name, so it would turn a machine's other local servers off.
  const isLocalName = /(^|\.)localhost$/.test(new URL(origin).hostname);
  return async (context, next) => {
    setHeaders(context);
    if (!isLocalName) context.header("strict-transport-security", HSTS);
    const { method = "GET", headers, url = "/", socket } = context.env.incoming;
    const { path } = context.req;
    if (method === "GET" && path === HEALTH_PATH) return context.text("ok\n");
    const isArrival = leadsHere(context);
    const refusal = refusalAt(site, { method, headers: isArrival ? { host: headers.host } : headers });
    if (refusal !== undefined) return refused(context, 403, "FORBIDDEN", refusal);
    if (method !== "GET" && method !== "HEAD" && headers.origin === undefined) {
      return refused(context, 403, "FORBIDDEN", `A change needs the header Origin: ${origin}.`);
    }
    if (isArrival) return goOn(context, origin, url);
    const signIn = await authenticator.identify(context.env.incoming);
    if (signIn.kind === "refused") {
      tell(signIn, socket.remoteAddress);
      for (const [name, value] of Object.entries(signIn.headers ?? {})) context.header(name, value);
      return refused(context, signIn.status, CODES[signIn.status], signIn.message);
    }
    context.set("reader", signIn.reader);
    await next();
    if (isStream(context.res)) endLater(context.env.outgoing, maxStreamMs);
    return undefined;
  };

  function tell({ reason, status }: Extract<SignIn, { kind: "refused" }>, address: string | undefined): void {
    // A browser asks without a password first.
    if (reason === "no password" || lines.take("", Date.now()) > 0) return;
    log.warn({ status, reason, address }, "a sign-in to the page was refused");
  }
}

function isStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** The page asks for its stream again by itself, and so with a sign-in that still holds. */
function endLater(outgoing: ServerResponse, afterMs: number): void {
  const timer = setTimeout(() => outgoing.destroy(), afterMs);
  timer.unref();
  outgoing.once("close", () => clearTimeout(timer));
}

/** Names of the page in `Host`, where browsers leave the usual port out and some proxies do not. */
function publicSite(origin: string): Parameters<typeof refusalAt>[0] {
  const { host, port } = new URL(origin);
  return { authorities: port === "" ? [host, `${host}:443`] : [host], origins: [origin] };
}
