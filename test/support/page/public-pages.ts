/** Questions to a page that other machines reach, as they come from its proxy or a browser. */
import http from "node:http";
import https from "node:https";
import type { ServedPage } from "../../../src/page/serve";
import type { Question } from "../requests/ask";

/** The origin under which browsers would reach it; the tests themselves ask on loopback. */
export const PUBLIC_ORIGIN = "https://chats.example.org";

export interface PublicReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Asks by GET under the page's own name, unless the question says otherwise; over TLS with a certificate to trust. */
export function askPublic(
  { port }: ServedPage,
  { method = "GET", path, headers = {}, body }: Partial<Question> & { readonly path: string },
  ca?: string,
): Promise<PublicReply> {
  const own = { host: new URL(PUBLIC_ORIGIN).host, ...headers };
  const address = { host: "127.0.0.1", port, method, path, headers: own };
  return new Promise((resolve, reject) => {
    const take = (response: http.IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const { statusCode: status = 0, headers: sent } = response;
        resolve({ status, headers: sent, body: Buffer.concat(chunks).toString("utf8") });
      });
    };
    const request =
      ca === undefined
        ? http.request({ ...address, agent: false }, take)
        : https.request({ ...address, ca, servername: "localhost", agent: false }, take);
    request.once("error", reject);
    request.end(body);
  });
}

/** The status of a stream and what it tells first; the stream is ended then. */
export function firstOfStream(
  { port }: ServedPage,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  const own = { host: new URL(PUBLIC_ORIGIN).host, ...headers };
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path, headers: own, agent: false }, (response) => {
      response.once("data", (chunk: Buffer) => {
        resolve({ status: response.statusCode ?? 0, text: chunk.toString("utf8") });
        request.destroy();
      });
    });
    request.once("error", reject);
  });
}
