/**
 * A stand-in for the Bedrock Runtime: its wire format, its errors and its limits for Claude (Converse, and InvokeModel
 * with the messages body) and Titan text embeddings. Answers are made by rules (describe-chat.ts) and hashes
 * (vector.ts).
 *
 * 1. A request's fate is drawn when it has arrived whole, so that the order of arrival and the seed decide everything.
 * 2. Errors come at once, answers `latencyMs` after the request's arrival: its own work is part of that time, not
 *    added.
 * 3. Requests beyond its abilities are refused, as the real service would refuse them, and never get another answer.
 */
import { randomUUID } from "node:crypto";
import type http from "node:http";
import type http2 from "node:http2";
import { AwsError, malformed, throttled, unavailable, validation } from "./aws-error";
import { reply } from "./claude";
import { converseAnswer, readConverseBody } from "./converse";
import { guarded } from "../origin-guard";
import { dualPortServer } from "./dual-port";
import { type Fate, FateSource, FAULTS, type Faults, NO_FAULTS } from "./faults";
import { messagesAnswer, readMessagesBody } from "./messages";
import { findModel } from "./models";
import { REFUSALS } from "./refusals";
import { Stats } from "./stats";
import { type Encoder, startEncoder } from "./encoder";
import { embedText } from "./titan";

type Request = http.IncomingMessage | http2.Http2ServerRequest;
type Response = http.ServerResponse | http2.Http2ServerResponse;

export interface LocalBedrock {
  readonly port: number;
  readonly url: string;
  setFaults(change: Partial<Faults>): void;
  stats(): ReturnType<Stats["snapshot"]>;
  close(): Promise<void>;
}

/** The real service's limit for the body of a request. */
const MAX_BODY_BYTES = 25_000_000;

interface Answer {
  readonly body: unknown;
  readonly tokens: { readonly input: number; readonly output: number };
}

/**
 * Starts on 127.0.0.1; port 0 takes a free one. With `hasEncoder`, vectors know meanings, and the start waits for the
 * encoder's weights.
 */
export async function startLocalBedrock(
  port: number,
  initial: Partial<Faults> = {},
  hasEncoder = false,
): Promise<LocalBedrock> {
  const encoder = hasEncoder ? await startEncoder() : undefined;
  const server = new Server({ ...NO_FAULTS, ...initial }, encoder);
  const listener = dualPortServer(
    guarded((request, response) => {
      server.exchange(request, response).catch(() => reset(request));
    }),
  );
  const actualPort = await listener.listen(port);
  return {
    port: actualPort,
    url: `http://127.0.0.1:${actualPort}`,
    setFaults: (change) => server.setFaults(change),
    stats: () => server.stats.snapshot(),
    async close() {
      await listener.close();
      await encoder?.close();
    },
  };
}

class Server {
  stats = new Stats();
  private fates: FateSource;

  constructor(
    private faults: Faults,
    private readonly encoder: Encoder | undefined,
  ) {
    this.fates = new FateSource(faults.seed);
  }

  setFaults(change: Partial<Faults>): void {
    this.faults = { ...this.faults, ...change };
    if (change.seed !== undefined) this.fates = new FateSource(change.seed);
  }

  async exchange(request: Request, response: Response): Promise<void> {
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path.startsWith("/_local/")) return this.control(path, request, response);
    if (this.faults.down === "reset") return reset(request);
    const arrivalMs = performance.now();
    const { latencyMs } = this.faults;
    this.stats.begin();
    response.once("close", () => this.stats.end());
    const [, id, operation] = /^\/model\/([^/]+)\/(invoke|converse)$/.exec(path) ?? [];
    const model = decodeModel(id);
    try {
      if (model === undefined || request.method !== "POST") {
        throw new AwsError(
          404,
          "UnknownOperationException",
          "The requested operation is not recognized by the service.",
        );
      }
      const json = await readJson(request);
      const fate = this.fateOfRequest(model, json);
      const api = operation === "converse" ? "converse" : "invoke";
      const asked = { id: model, region: signedRegion(request) };
      const answer = await answerTo(api, asked, json, fate, { faults: this.faults, encoder: this.encoder });
      await delay(Math.ceil(latencyMs - (performance.now() - arrivalMs)));
      this.stats.count(model, 200, answer.tokens);
      send(response, 200, answer.body, {
        "x-amzn-bedrock-input-token-count": String(answer.tokens.input),
        "x-amzn-bedrock-output-token-count": String(answer.tokens.output),
        "x-amzn-bedrock-invocation-latency": String(Math.round(latencyMs)),
      });
    } catch (error) {
      const failure = error instanceof AwsError ? error : new AwsError(500, "InternalServerException", "Unexpected.");
      this.stats.count(model ?? "", failure.statusCode, { input: 0, output: 0 });
      send(response, failure.statusCode, { message: failure.message }, { "x-amzn-errortype": failure.type });
    }
  }

  private fateOfRequest(model: string, json: unknown): Fate {
    const { down, refusal, refusedModels, rejectText, faultText } = this.faults;
    if (down === "503") throw unavailable();
    if (refusal !== null && (refusedModels.length === 0 || refusedModels.includes(model))) throw REFUSALS[refusal]();
    const holds = (text: string): boolean => text === "" || JSON.stringify(json).includes(text);
    const fate = holds(faultText) ? this.fates.next(this.faults) : "answer";
    if (rejectText !== "" && holds(rejectText)) {
      throw validation(`The model returned the following errors: cannot read "${rejectText}".`);
    }
    if (fate === "throttle") throw throttled();
    if (fate === "reject") throw validation("The model returned the following errors: input rejected.");
    return fate;
  }

  private async control(path: string, request: Request, response: Response): Promise<void> {
    if (path === "/_local/stats") {
      const stats = this.stats.snapshot();
      if (request.method === "DELETE") this.stats = new Stats();
      return send(response, 200, stats);
    }
    if (path !== "/_local/faults") return send(response, 404, { message: "no such control" });
    if (request.method === "GET") return send(response, 200, this.faults);
    if (!isJson(request)) return send(response, 403, { message: "Faults are set by application/json only." });
    const change = FAULTS.partial().safeParse(await readJson(request).catch(() => undefined));
    if (!change.success) return send(response, 400, { message: change.error.message });
    this.setFaults(change.data as Partial<Faults>);
    send(response, 200, this.faults);
  }
}

interface Asked {
  readonly id: string;
  readonly region: string | undefined;
}

async function answerTo(
  operation: "converse" | "invoke",
  { id, region }: Asked,
  json: unknown,
  fate: Fate,
  { faults, encoder }: { readonly faults: Faults; readonly encoder: Encoder | undefined },
): Promise<Answer> {
  const model = findModel(id, faults, region);
  if (model.kind !== "claude") {
    if (operation === "converse") throw validation("This action doesn't support the model that you provided.");
    const { body, inputTokens } = await embedText(json, model.kind, { size: faults.vectorSize, encoder });
    return { body, tokens: { input: inputTokens, output: 0 } };
  }
  const read = operation === "converse" ? readConverseBody : readMessagesBody;
  const answer = reply(read(json, model.tools), model, fate, faults);
  const uuid = randomUUID().replaceAll("-", "");
  const body =
    operation === "converse"
      ? converseAnswer(answer, `tooluse_${uuid}`, Math.round(faults.latencyMs))
      : messagesAnswer(answer, uuid, id);
  return { body, tokens: { input: answer.inputTokens, output: answer.outputTokens } };
}

/** The region in the scope of a request's signature (version 4). */
function signedRegion(request: Request): string | undefined {
  return /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? "")?.[1];
}

function decodeModel(id: string | undefined): string | undefined {
  try {
    return id === undefined ? undefined : decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

async function readJson(request: Request): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw validation("Input is too long for requested model.");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    throw malformed("", "expected type: JSONObject");
  }
}

function isJson(request: Request): boolean {
  return /^application\/json *(;|$)/i.test(request.headers["content-type"] ?? "");
}

function send(response: Response, statusCode: number, body: unknown, headers: Record<string, string> = {}): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const all = {
    "content-type": "application/json",
    "content-length": String(bytes.length),
    "x-amzn-requestid": randomUUID(),
    ...headers,
  };
  (response as http.ServerResponse).writeHead(statusCode, all);
  (response as http.ServerResponse).end(bytes);
}

function reset(request: Request): void {
  if ("stream" in request) request.stream.session?.destroy();
  else request.socket.resetAndDestroy();
}

function delay(delayMs: number): Promise<void> | undefined {
  return delayMs > 0 ? new Promise((resolve) => setTimeout(resolve, delayMs)) : undefined;
}
