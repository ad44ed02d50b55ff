/**
 * An HTTP/1.1 proxy before a real server, in the test's own process, that makes requests fail by a rule.
 *
 * 1. Without a rule every byte passes unchanged, as a stream.
 * 2. A rule decides once per request, by its method, path and operation, with a seed.
 * 3. `close` ends open connections, so that a test never waits for a keep-alive.
 */
import {
  type IncomingMessage,
  Agent,
  type Server,
  type ServerResponse,
  createServer,
  request as send,
} from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { refuseBulkItems } from "../opensearch/bulk-items";
import { type ErrorAnswer, type Fault, type RequestFacts, type Rule, chooser } from "./answers";

export interface FaultProxy {
  readonly url: string;
  /** Replaces the rule; undefined lets everything pass. */
  setRule(rule: Rule | undefined): void;
  /** Sends later requests elsewhere, to a server that was restarted on another port. */
  setTarget(url: string): void;
  requestCount(): number;
  faultCount(): number;
  close(): Promise<void>;
}

export async function startFaultProxy(targetUrl: string, seed = 1): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const choose = chooser(seed);
  let target = new URL(targetUrl);
  let rule: Rule | undefined;
  let requests = 0;
  let faults = 0;
  const server = createServer((request, response) => {
    requests++;
    const fault = rule && choose(rule, factsOf(request));
    if (fault) faults++;
    handle(fault, request, response, (finish) => forward(request, target, agent, finish, () => response.destroy()));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setRule: (next) => void (rule = next),
    setTarget: (url) => void (target = new URL(url)),
    requestCount: () => requests,
    faultCount: () => faults,
    close: () => close(server, agent),
  };
}

type Forward = (finish: (answer: IncomingMessage) => void) => ReturnType<typeof send>;

function handle(fault: Fault | undefined, request: IncomingMessage, response: ServerResponse, hand: Forward): void {
  const relay = (answer: IncomingMessage): void => {
    response.writeHead(answer.statusCode ?? 502, withoutHopHeaders(answer));
    pipeline(answer, response, () => undefined);
  };
  const through = (finish: (answer: IncomingMessage) => void): void => {
    pipeline(request, hand(finish), () => undefined);
  };
  switch (fault?.kind) {
    case undefined:
      return through(relay);
    case "answer":
      return sendAnswer(fault, request, response);
    case "drop":
      return void request.socket.destroy();
    case "loseAnswer":
      return through((answer) => answer.resume().on("end", () => request.socket.destroy()));
    case "delay":
      return void setTimeout(() => through(relay), fault.delayMs);
    case "hang":
      return void request.resume();
    case "refuseBulkItems":
      return void refuseBulkItems(fault.fraction, request, response, hand);
  }
}

/** The body must be read before the answer, or the client may see a reset instead of it. */
function sendAnswer({ status, headers, body }: ErrorAnswer, request: IncomingMessage, response: ServerResponse): void {
  request.resume().on("end", () => response.writeHead(status, { ...headers }).end(body));
}

function forward(
  request: IncomingMessage,
  target: URL,
  agent: Agent,
  finish: (answer: IncomingMessage) => void,
  fail: () => void,
): ReturnType<typeof send> {
  const options = { method: request.method, headers: { ...request.headers, host: target.host }, agent };
  return send(new URL(request.url ?? "/", target), options, finish).on("error", fail);
}

function withoutHopHeaders({ headers }: IncomingMessage): IncomingMessage["headers"] {
  const hop = new Set(["connection", "keep-alive"]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hop.has(name)));
}

function factsOf(request: IncomingMessage): RequestFacts {
  const header = request.headers["x-amz-target"];
  const operation = typeof header === "string" ? (header.split(".")[1] ?? "") : "";
  return { method: request.method ?? "", path: request.url ?? "", operation };
}

async function close(server: Server, agent: Agent): Promise<void> {
  agent.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
