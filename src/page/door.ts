/**
 * Who is let in on one machine. Where others reach the page, public-guard.ts decides.
 *
 * 1. The server listens on 127.0.0.1, answers under this machine's own names alone, and answers no other web site: a
 *    page elsewhere in the same browser can neither read nor send anything (`refusalOf`).
 * 2. Everything but the link needs the cookie, which only the link gives: other users of this machine know neither.
 * 3. A link to a view may be followed from anywhere, as alerts in a chat or a mail have it. It gets a page without
 *    content that goes on to the same address by itself: that request is the page's own, and has the cookie.
 * 4. What is sent may load nothing from elsewhere, run no script but the page's own, and stand in no frame.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { refusalOf } from "../local/origin-guard";
import type { Reader } from "./auth/sign-in";
import { escaped, plainPage, STYLE_POLICY, titleOf } from "./plain-page";

export interface PageEnvironment {
  Bindings: HttpBindings;
  Variables: {
    /** Undefined on one machine, where the cookie has no name. */
    reader?: Reader;
  };
}

const SECRET_BYTES = 32;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** The way in of one server's life. */
export class Door {
  readonly token = randomBytes(SECRET_BYTES).toString("base64url");
  private readonly pass = randomBytes(SECRET_BYTES).toString("base64url");

  /** Refuses other sites and whoever has no cookie. */
  readonly guard: MiddlewareHandler<PageEnvironment> = async (context, next) => {
    setHeaders(context);
    const { method, headers, socket, url = "/" } = context.env.incoming;
    const isLink = method === "GET" && context.req.path === "/" && context.req.query("token") !== undefined;
    const isArrival = leadsHere(context);
    // The token's link may be followed from another site, such as a terminal in a browser; some send no metadata.
    const head = isLink || isArrival ? { host: headers.host } : headers;
    const refusal = refusalOf({ method, headers: head, port: socket.localPort });
    if (refusal !== undefined) return refused(context, 403, "FORBIDDEN", refusal);
    if (isLink) return this.letIn(context);
    if (isArrival) return goOn(context, ownOrigin(context), url);
    if (!isSame(getCookie(context, cookieName(context)) ?? "", this.pass)) {
      const sentence = "Open the link that the command printed: it holds the key to this page.";
      return refused(context, 401, "NO_KEY", sentence);
    }
    return next();
  };

  /**
   * Gives the cookie. A browser that was led here by another site does not send it with a redirect, so the answer is a
   * page that goes on by itself; the address with the token is replaced by that.
   */
  private letIn(context: Context<PageEnvironment>): Response {
    if (!isSame(context.req.query("token") ?? "", this.token)) {
      return refused(
        context,
        401,
        "NO_KEY",
        "This link is of an earlier start: open the one that the command printed last.",
      );
    }
    setCookie(context, cookieName(context), this.pass, { httpOnly: true, sameSite: "Strict", path: "/" });
    return goOn(context, ownOrigin(context), "/");
  }
}

/** Sets the headers that all answers have. */
export function setHeaders(context: Context<PageEnvironment>): void {
  for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
  context.header("cache-control", "no-store");
}

/** The origin by the name that the request gives, which the guard has found to be one of this machine's. */
function ownOrigin(context: Context<PageEnvironment>): string {
  return `http://${context.env.incoming.headers.host}`;
}

/**
 * True for a link of another site that a person follows in a window of its own. `Sec-Fetch-…` cannot be chosen by a
 * page, and frames, images, scripts and forms that post have others. Data is at no such address, but at /api.
 */
export function leadsHere({ env, req }: Context<PageEnvironment>): boolean {
  const { method, headers, url } = env.incoming;
  return (
    method === "GET" &&
    // Clients of proxies ask for whole addresses; a browser that follows a link here does not.
    url?.startsWith("/") === true &&
    headers.origin === undefined &&
    ["cross-site", "same-site"].includes(String(headers["sec-fetch-site"])) &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document" &&
    !/^\/(?:api|assets)(?:\/|$)/.test(req.path)
  );
}

/** Answers with a page that goes on to this path, with its query, at this origin. */
export function goOn(context: Context<PageEnvironment>, origin: string, target: string): Response {
  // The whole address, since a path that begins with two slashes would be one of another server.
  const address = escaped(new URL(`${origin}${target}`).href);
  return context.html(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${address}"><link rel="icon" href="/assets/icon.svg"><title>Chat sessions</title><p><a href="${address}">Chat sessions</a></p></html>`,
  );
}

/** Refuses in one sentence: as a page to a person who opens an address, else as JSON. */
export function refused(
  context: Context<PageEnvironment>,
  status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 502 | 503,
  code: string,
  message: string,
): Response {
  if (context.req.path.startsWith("/api/")) return context.json({ error: { code, message } }, status);
  context.header("content-security-policy", `${HEADERS["content-security-policy"]}; ${STYLE_POLICY}`);
  return context.html(plainPage(titleOf(status), message), status);
}

/** Cookies of one name are the same for all ports of a machine. */
function cookieName(context: Context<PageEnvironment>): string {
  return `chat-sessions-${context.env.incoming.socket.localPort ?? 0}`;
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
