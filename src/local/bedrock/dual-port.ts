import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Exchange } from "../origin-guard";

/** Well above the number of concurrent calls of one client. */
const MAX_CONCURRENT_STREAMS = 2_000;
/** Longer than any client's own, so that the server never closes a connection during a request. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

export interface DualPortServer {
  listen(port: number): Promise<number>;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/**
 * One port of 127.0.0.1 for HTTP/1.1 and for HTTP/2 without TLS ("prior knowledge"), told apart by the first bytes of a
 * connection: AWS's SDKs speak one or the other, by service and version.
 */
export function dualPortServer(exchange: Exchange): DualPortServer {
  const plain = http.createServer(exchange);
  plain.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  const multiplexed = http2.createServer({ settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } }, exchange);
  const open = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return void socket.destroy();
      socket.unshift(first);
      const isHttp2 = first.subarray(0, 3).toString("latin1") === "PRI";
      (isHttp2 ? multiplexed : plain).emit("connection", socket);
    });
  });
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, host: "127.0.0.1", backlog: 1_024 }, () =>
          resolve((server.address() as net.AddressInfo).port),
        );
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
