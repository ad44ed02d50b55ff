/** A proxy before a real server whose answers have another time in `Date` than this machine's clock. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface ClockProxy {
  readonly url: string;
  /** Time that the answers are behind this machine's clock from now on. */
  setBehind(behindMs: number): void;
  answers(): number;
  close(): void;
}

export async function startClockProxy(targetUrl: string): Promise<ClockProxy> {
  const target = new URL(targetUrl);
  let behindMs = 0;
  let answers = 0;
  const server = http.createServer((request, response) => {
    const { method, headers, url = "" } = request;
    const passed = http.request(new URL(url, target), { method, headers: { ...headers, host: target.host } });
    passed.on("response", (answer) => {
      answers++;
      const date = new Date(Date.now() - behindMs).toUTCString();
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setBehind: (ms) => void (behindMs = ms),
    answers: () => answers,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
