/**
 * Stands in for a runner that does not read a worker's data stream until `read`. Only HTTP/2's window bounds what
 * leaves the worker. gRPC's own server would read sixteen messages of any size from a stream that is paused.
 */
import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

export class StalledRunner {
  receivedBytes = 0;

  private constructor(
    private readonly server: Http2Server,
    private readonly sessions: ReadonlySet<ServerHttp2Session>,
    /** Resolves with the first stream that the worker opens. */
    private readonly stream: Promise<ServerHttp2Stream>,
  ) {}

  static async start(): Promise<StalledRunner> {
    const server = createServer();
    const sessions = new Set<ServerHttp2Session>();
    server.on("session", (session) => sessions.add(session));
    const stream = once(server, "stream").then(([opened]: ServerHttp2Stream[]) => opened!);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new StalledRunner(server, sessions, stream);
  }

  get url(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves when the worker's stream is open, and the first bytes of it wait here. */
  async holdsSome(): Promise<void> {
    const stream = await this.stream;
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" });
    if (stream.readableLength === 0) await once(stream, "readable");
  }

  /** Reads all that comes from here on. */
  async read(): Promise<void> {
    (await this.stream).on("data", (bytes: Buffer) => (this.receivedBytes += bytes.length)).resume();
  }

  stop(): void {
    for (const session of this.sessions) session.destroy();
    this.server.close();
  }
}
