/**
 * Keeps web pages out of a service that listens on 127.0.0.1. A page in a browser on this machine can send requests there
 * as any program can, and tells by three headers that it is one, which it cannot choose:
 *
 * 1. The name that it asked for (`Host`, in HTTP/2 `:authority`): not one of this machine's when a name of the page's own
 *    leads here (DNS rebinding).
 * 2. Where it comes from (`Origin`, and `Sec-Fetch-Site` where a request has no origin): only the service's own pages.
 * 3. The type of what it sends: other pages send JSON only after they have asked (`OPTIONS`), and that is refused.
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
  /** On which the request came; undefined when its connection has ended. */
  readonly port: number | undefined;
}

/** The site of one who typed the address, or whose page is the service's own. Browsers alone send the header. */
const OWN_SITES: readonly unknown[] = [undefined, "none", "same-origin"];

/** The same exchange, for those who may ask. */
export function guarded(exchange: Exchange): Exchange {
  return (request, response) => {
    const { method, headers, socket } = request;
    const refusal = refusalOf({ method, headers, port: socket.localPort });
    if (refusal === undefined) exchange(request, response);
    else refuse(response, refusal);
  };
}

/** One sentence; undefined for a request that no foreign page can have made. */
export function refusalOf({ method, headers, port }: RequestHead): string | undefined {
  if (port === undefined) return "Nobody waits for an answer.";
  const own = ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`);
  const isOwn = (authority: unknown): boolean => typeof authority === "string" && own.includes(authority.toLowerCase());
  const asked = [headers[":authority"], headers["host"]].filter((authority) => authority !== undefined);
  if (asked.length === 0 || !asked.every(isOwn)) return `This service answers only as ${own.join(", ")}.`;
  const origin = headers["origin"];
  const isForeign = origin !== undefined && !own.some((authority) => origin === `http://${authority}`);
  if (isForeign || !OWN_SITES.includes(headers["sec-fetch-site"])) return "This service answers no other web site.";
  if (method === "POST" && !needsLeave(headers["content-type"])) {
    return "This service takes a POST with a Content-Type such as application/json only.";
  }
  return undefined;
}

/** Whether a browser lets a page send this to other sites only after it has asked them. */
function needsLeave(contentType: unknown): boolean {
  return typeof contentType === "string" && /^application\/(?!x-www-form-urlencoded)/i.test(contentType.trim());
}

function refuse(response: Parameters<Exchange>[1], message: string): void {
  const headers = { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" };
  (response as http.ServerResponse).writeHead(403, headers).end(JSON.stringify({ message }));
}
