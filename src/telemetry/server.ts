/** `/metrics` for Prometheus, and `/healthz` and `/readyz` for whoever keeps the process running. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { JobError } from "../chat/errors";
import { guarded } from "../local/origin-guard";

/** Prometheus' text format; Prometheus 3 takes no answer without its version. */
const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN = "text/plain; charset=utf-8";

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface Served {
  readonly exporter: PrometheusExporter;
  /** True while the job runs. */
  readonly isReady: () => boolean;
}

/** Listens on 127.0.0.1; port 0 takes a free one. Rejects with BAD_OPTION when the port is taken. */
export async function openMetricsServer(port: number, served: Served): Promise<MetricsServer> {
  const server = http.createServer(
    guarded((request, response) => answer(request as http.IncomingMessage, response as http.ServerResponse, served)),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const sentence = `Nothing can listen on port ${port} of this machine, which --metrics-port names: give it another one.`;
      reject(new JobError("BAD_OPTION", sentence, { cause }));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  // One connection that cannot be taken is no reason to end the job.
  server.on("error", () => undefined);
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(request: http.IncomingMessage, response: http.ServerResponse, { exporter, isReady }: Served): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  switch ((request.url ?? "").split("?")[0] ?? "") {
    case "/metrics":
      exporter.getMetricsRequestHandler(request, response);
      response.setHeader("content-type", TEXT);
      return;
    case "/healthz":
      response.writeHead(200, { "content-type": PLAIN }).end("ok\n");
      return;
    case "/readyz":
      response.writeHead(isReady() ? 200 : 503, { "content-type": PLAIN }).end(isReady() ? "ok\n" : "starting\n");
      return;
    default:
      response.writeHead(404, { "content-type": PLAIN }).end("/metrics, /healthz, /readyz\n");
  }
}
