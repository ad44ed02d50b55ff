/**
 * Keeps web pages out of a service that listens on 127.0.0.1. A page in a browser on this machine can send requests
 * there as any program can. Three headers, which it cannot choose, give it away:
 *
 * 1. The requested name (`Host`, in HTTP/2 `:authority`): not one of this machine's when a name of the page's own leads
 *    here (DNS rebinding).
 * 2. The page's origin (`Origin`, and `Sec-Fetch-Site` where a request has no origin): only the service's own pages
 *    pass.
 * 3. The type of the content: other pages send JSON only after they have asked (`OPTIONS`), and that is refused.
 */
import type http from "node:http";
import type http2 from "node:http2";

export type Exchange = (
  request: http.IncomingMessage | http2.Http2ServerRequest,
  response: http.ServerResponse | http2.Http2ServerResponse,
) => void;

export interface RequestHead {
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Port on which the request came; undefined when its connection has ended. */
  readonly port: number | undefined;
}

/** The names under which a service answers. */
export interface Site {
  /** In lower case, with the port where browsers send it. */
  readonly authorities: readonly string[];
  readonly origins: readonly string[];
}

/** This machine's own names; a service listens on the first. */
const NAMES = ["127.0.0.1", "localhost", "[::1]"] as const;
/** The port of a plain http address that names none. */
const HTTP_PORT = 80;

/** `Sec-Fetch-Site` of a typed address and of the service's own pages. Browsers alone send the header. */
const OWN_SITES: readonly unknown[] = [undefined, "none", "same-origin"];

/** Wraps an exchange so that requests of foreign pages are refused. */
export function guarded(exchange: Exchange): Exchange {
  return (request, response) => {
    const { method, headers, socket } = request;
    const refusal = refusalOf({ method, headers, port: socket.localPort });
    if (refusal === undefined) exchange(request, response);
    else refuse(response, refusal);
  };
}

/** The refusal in one sentence; undefined for a request that no foreign page can have made. */
export function refusalOf({ method, headers, port }: RequestHead): string | undefined {
  if (port === undefined) return "Nobody waits for an answer.";
  const authorities = authoritiesOf(port);
  return refusalAt({ authorities, origins: authorities.map((own) => `http://${own}`) }, { method, headers });
}

/** The same for a service that others reach under names of its own. */
export function refusalAt(
  { authorities, origins }: Site,
  { method, headers }: Pick<RequestHead, "method" | "headers">,
): string | undefined {
  const isOwn = (authority: unknown): boolean =>
    typeof authority === "string" && authorities.includes(authority.toLowerCase());
  const asked = [headers[":authority"], headers["host"]].filter((authority) => authority !== undefined);
  if (asked.length === 0 || !asked.every(isOwn)) return `This service answers only as ${authorities.join(", ")}.`;
  const origin = headers["origin"];
  const isForeign = origin !== undefined && !origins.some((own) => origin === own);
  if (isForeign || !OWN_SITES.includes(headers["sec-fetch-site"])) return "This service answers no other web site.";
  if (method === "POST" && !needsLeave(headers["content-type"])) {
    return "This service takes a POST with a Content-Type such as application/json only.";
  }
  return undefined;
}

/** Browsers and other clients leave the default port out of `Host` and `Origin`. */
function authoritiesOf(port: number): readonly string[] {
  return NAMES.flatMap((name) => (port === HTTP_PORT ? [name, `${name}:${port}`] : [`${name}:${port}`]));
}

/** True when a browser lets a page send this to other sites only after it has asked them. */
function needsLeave(contentType: unknown): boolean {
  return typeof contentType === "string" && /^application\/(?!x-www-form-urlencoded)/i.test(contentType.trim());
}

function refuse(response: Parameters<Exchange>[1], message: string): void {
  const headers = { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" };
  (response as http.ServerResponse).writeHead(403, headers).end(JSON.stringify({ message }));
}
