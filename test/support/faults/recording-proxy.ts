/** Stands before a server, keeps the bodies of requests, and can answer in its place. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordingProxy {
  readonly url: string;
  /** Bodies of requests, in order of arrival. */
  readonly bodies: string[];
  /** Returns the words of a ValidationException with which to answer a request; undefined passes it on. */
  refuse: (body: string) => string | undefined;
  close(): Promise<void>;
}

export async function startRecordingProxy(targetUrl: string): Promise<RecordingProxy> {
  const target = new URL(targetUrl);
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      const body = Buffer.concat(chunks);
      proxy.bodies.push(body.toString("utf8"));
      const message = proxy.refuse(body.toString("utf8"));
      if (message !== undefined) {
        response.writeHead(400, {
          "content-type": "application/json",
          "x-amzn-errortype": "ValidationException",
        });
        return void response.end(JSON.stringify({ message }));
      }
      const { method, url: path, headers } = request;
      const options = {
        host: target.hostname,
        port: target.port,
        method,
        path,
        headers: { ...headers, host: target.host },
      };
      const forwarded = http.request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forwarded.once("error", () => response.destroy());
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: RecordingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: [],
    refuse: () => undefined,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
