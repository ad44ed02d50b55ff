/** Sends requests as a browser would for a web page, with headers that no ordinary client lets one choose. */
import http from "node:http";
import http2 from "node:http2";

export interface Question {
  readonly method: string;
  readonly path: string;
  /** `host` becomes `:authority` in HTTP/2. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export type Ask = (url: string, question: Question) => Promise<Reply>;

/** Asks over HTTP/1.1. */
export const ask1: Ask = (url, { method, path, headers = {}, body }) =>
  new Promise((resolve, reject) => {
    const request = http.request(new URL(path, url), { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.once("error", reject);
    request.end(body);
  });

/** Asks over HTTP/2 without TLS. */
export const ask2: Ask = (url, { method, path, headers = {}, body }) =>
  new Promise((resolve, reject) => {
    const session = http2.connect(url);
    session.once("error", reject);
    const { host = new URL(url).host, ...others } = headers;
    const stream = session.request({ ":method": method, ":path": path, ":authority": host, ...others });
    const chunks: Buffer[] = [];
    let status = 0;
    stream.once("response", (answer) => (status = answer[":status"] ?? 0));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    stream.once("end", () => {
      session.close();
      resolve({ status, body: Buffer.concat(chunks).toString("utf8") });
    });
    stream.end(body);
  });
