/**
 * The embedded receiver of alerts: a webhook that checks signatures, and EventBridge's PutEvents and DescribeEventBus
 * in the wire format of AWS (JSON 1.1). It keeps the newest events in memory, for the progress and for tests.
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Exchange, guarded } from "../origin-guard";
import { type Random, randomFrom } from "../random";
import { type Faults, FAULTS, NO_FAULTS } from "./faults";

export interface Received {
  /** Counts all events from 1. */
  readonly number: number;
  readonly via: "webhook" | "eventbridge";
  readonly receivedMs: number;
  /** A CloudEvent. */
  readonly event: unknown;
}

export interface LocalReceiver {
  readonly port: number;
  readonly url: string;
  setFaults(change: Partial<Faults>): void;
  /** The events after this number that are still kept, in order of arrival. */
  received(after?: number): readonly Received[];
  close(): Promise<void>;
}

const MAX_KEPT = 20_000;
const MAX_BODY_BYTES = 1_048_576;
/** Standard Webhooks' advice for the age of a request. */
const TOLERANCE_S = 300;
/** EventBridge's limits for a request. */
const MAX_ENTRIES = 10;
const MAX_REQUEST_BYTES = 262_144;

/** Starts on 127.0.0.1; port 0 takes a free one. `buses` are the names of event buses that exist. */
export async function startLocalReceiver(
  port: number,
  key: Uint8Array,
  { buses = ["default"], faults = {} }: { readonly buses?: readonly string[]; readonly faults?: Partial<Faults> } = {},
): Promise<LocalReceiver> {
  const receiver = new Server(key, buses, { ...NO_FAULTS, ...faults });
  const exchange: Exchange = (request, response) => {
    receiver.exchange(request as IncomingMessage, response as ServerResponse).catch(() => request.socket.destroy());
  };
  const server = http.createServer(guarded(exchange));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const { port: actualPort } = server.address() as AddressInfo;
  return {
    port: actualPort,
    url: `http://127.0.0.1:${actualPort}`,
    setFaults: (change) => receiver.setFaults(change),
    received: (after = 0) => receiver.received(after),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

class Server {
  private readonly kept: Received[] = [];
  private count = 0;
  private random: Random;

  constructor(
    private readonly key: Uint8Array,
    private readonly buses: readonly string[],
    private faults: Faults,
  ) {
    this.random = randomFrom(faults.seed);
  }

  setFaults(change: Partial<Faults>): void {
    this.faults = { ...this.faults, ...change };
    if (change.seed !== undefined) this.random = randomFrom(change.seed);
  }

  received(after: number): readonly Received[] {
    return this.kept.filter(({ number }) => number > after);
  }

  async exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const body = await bodyOf(request);
    if (body === undefined) return answer(response, 413, { message: "The body is too large." });
    if (url.pathname === "/_local/alerts") {
      return answer(response, 200, { alerts: this.received(Number(url.searchParams.get("after") ?? 0)) });
    }
    if (url.pathname === "/_local/faults" && request.method === "POST") {
      this.setFaults(FAULTS.partial().parse(JSON.parse(body)) as Partial<Faults>);
      return answer(response, 200, this.faults);
    }
    const { down } = this.faults;
    if (down === "hang") return;
    if (down === "reset") return void request.socket.destroy();
    if (down === "503") return answer(response, 503, { message: "away" });
    if (request.method === "HEAD") return answer(response, 200, undefined);
    const target = request.headers["x-amz-target"];
    if (target === "AWSEvents.PutEvents") return this.putEvents(body, response);
    if (target === "AWSEvents.DescribeEventBus") return this.describeBus(body, response);
    if (request.method !== "POST") return answer(response, 405, { message: "Alerts are posted." });
    return this.webhook(request, body, response);
  }

  private webhook(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signatures } = request.headers;
    if (typeof id !== "string" || typeof seconds !== "string" || typeof signatures !== "string") {
      return answer(response, 401, { message: "The request is not signed." });
    }
    const expected = createHmac("sha256", this.key).update(`${id}.${seconds}.${body}`).digest();
    const isRight = signatures.split(" ").some((each) => matches(each, expected));
    const isFresh = Math.abs(Date.now() / 1_000 - Number(seconds)) <= TOLERANCE_S;
    if (!isRight || !isFresh) return answer(response, 401, { message: "The signature does not fit." });
    const fate = this.fate();
    if (fate === "throttle") {
      response.setHeader("retry-after", "1");
      return answer(response, 429, { message: "too many" });
    }
    if (fate === "refuse") return answer(response, 422, { message: "refused" });
    this.keep("webhook", JSON.parse(body));
    answer(response, 202, {});
  }

  private putEvents(body: string, response: ServerResponse): void {
    const { Entries = [] } = JSON.parse(body) as { Entries?: readonly { Detail: string; EventBusName?: string }[] };
    if (Entries.length === 0 || Entries.length > MAX_ENTRIES || body.length > MAX_REQUEST_BYTES) {
      return fault(response, "ValidationException", "1 to 10 entries of 256 KB together");
    }
    const results = Entries.map(({ Detail, EventBusName = "default" }) => {
      if (!this.buses.includes(busName(EventBusName))) return { ErrorCode: "NotAuthorizedForSourceException" };
      const fate = this.fate();
      if (fate === "throttle") return { ErrorCode: "ThrottlingException", ErrorMessage: "too many" };
      if (fate === "refuse") return { ErrorCode: "MalformedDetail", ErrorMessage: "refused" };
      this.keep("eventbridge", JSON.parse(Detail));
      return { EventId: randomUUID() };
    });
    const failed = results.filter((result) => "ErrorCode" in result).length;
    answer(response, 200, { FailedEntryCount: failed, Entries: results }, "application/x-amz-json-1.1");
  }

  private describeBus(body: string, response: ServerResponse): void {
    const { Name = "default" } = JSON.parse(body) as { Name?: string };
    if (!this.buses.includes(busName(Name))) {
      return fault(response, "ResourceNotFoundException", `Event bus ${busName(Name)} does not exist.`);
    }
    answer(response, 200, { Name: busName(Name) }, "application/x-amz-json-1.1");
  }

  private fate(): "take" | "throttle" | "refuse" {
    const draw = this.random.next();
    const { throttleFraction, refuseFraction } = this.faults;
    if (draw < throttleFraction) return "throttle";
    return draw < throttleFraction + refuseFraction ? "refuse" : "take";
  }

  private keep(via: Received["via"], event: unknown): void {
    this.kept.push({ number: ++this.count, via, receivedMs: Date.now(), event });
    if (this.kept.length > MAX_KEPT) this.kept.splice(0, this.kept.length - MAX_KEPT);
  }
}

function matches(signature: string, expected: Buffer): boolean {
  if (!signature.startsWith("v1,")) return false;
  const given = Buffer.from(signature.slice(3), "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function busName(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:[^/]*\//, "");
}

/** Undefined for a body that is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

function fault(response: ServerResponse, type: string, message: string): void {
  response.setHeader("x-amzn-errortype", type);
  answer(response, 400, { __type: type, message }, "application/x-amz-json-1.1");
}

function answer(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  response.writeHead(status, { "content-type": type });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
