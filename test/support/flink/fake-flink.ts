/** A server in this process that answers as Flink's REST service would, with the answers that a test gives it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** "lost" takes the request and loses its answer. */
export type FakeAnswer = { readonly status: number; readonly body: unknown } | "lost";

export class FakeFlink {
  /** Answers by "METHOD /path"; the last of several stays. */
  readonly answers: Record<string, FakeAnswer[]> = {};
  /** Bodies for addresses that have no answer above; undefined is 404. */
  answerOf: (address: string) => unknown = () => undefined;
  /** "METHOD /path" of all requests. */
  readonly asked: string[] = [];
  /** Bodies of all requests that had one, parsed from JSON. */
  readonly bodies: unknown[] = [];

  private constructor(
    readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeFlink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const flink = new FakeFlink(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      const address = `${request.method} ${request.url}`;
      flink.asked.push(address);
      const body = flink.answerOf(address);
      const missing = { status: 404, body: { errors: [`Not found: ${request.url}`] } };
      const mine = flink.answers[address] ?? [body === undefined ? missing : { status: 200, body }];
      const answer = (mine.length > 1 ? mine.shift() : mine[0])!;
      let sent = "";
      request.on("data", (chunk: Buffer) => (sent += chunk.toString()));
      request.once("end", () => {
        if (sent !== "") flink.bodies.push(JSON.parse(sent));
        if (answer === "lost") return void request.socket.destroy();
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
      });
    });
    return flink;
  }

  /** Answers with 200 and these bodies in turn; the last one stays. */
  answer(address: string, ...bodies: readonly unknown[]): void {
    this.answers[address] = bodies.map((body) => ({ status: 200, body }));
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
