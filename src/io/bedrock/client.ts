import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Readable } from "node:stream";
import { clientSettings, connectionSettings } from "../aws/client-settings";
import { clockOffsetMs, type TakeClock, tellClock } from "../aws/clock";
import type { Shared } from "../../beam";
import { roomLog } from "../../log";
import type { BedrockSettings } from "./settings";
import { Turns } from "./turns";

const log = roomLog("bedrock");

/** Signal and hooks of one call. */
export interface Call {
  readonly signal: AbortSignal;
  /**
   * Awaited when the request is written and signed, right before it is sent. So a call that may not start yet is ready
   * when it may, and no place among the calls under way stands empty while a request is being made.
   */
  readonly permit?: () => Promise<void>;
  /**
   * Called when an answer other than an error is here whole, before it is taken apart, so that the next call may begin.
   */
  readonly onAnswer?: () => void;
}

/** The job's calls to Bedrock. Errors are the SDK's own, and the permit's; nothing is retried here. */
export interface BedrockClient {
  converse(input: ConverseCommandInput, call: Call): Promise<ConverseCommandOutput>;
  /** InvokeModel with a JSON body; resolves with the parsed body of the answer. */
  invoke(model: string, body: object, call: Call): Promise<unknown>;
  close(): void;
}

/** Sends one request through the client that it is given. */
export type Send<T> = (client: BedrockClient, call: Call) => Promise<T>;

/** Without `info` the SDK makes no log copy of every request and answer, which costs time and would hold chat text. */
const SILENT_LOGGER = {
  trace: () => undefined,
  debug: () => undefined,
  info: undefined,
  warn: () => undefined,
  error: () => undefined,
} as unknown as NonNullable<BedrockRuntimeClientConfig["logger"]>;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * A client on HTTP/1.1 with one kept-alive socket per call under way. The SDK's default for Bedrock is HTTP/2. This
 * client differs everywhere, real AWS included, for three reasons: one lost connection fails one call and not all of
 * them, calls spread over Bedrock's front ends instead of sticking to one, and stand-ins and proxies that know only
 * HTTP/1.1 work the same. `takeClock` is told of each answer's clock.
 */
export function createBedrockClient(settings: BedrockSettings, takeClock?: TakeClock): BedrockClient {
  const sdk = new BedrockRuntimeClient({
    ...clientSettings(settings),
    logger: SILENT_LOGGER,
    requestHandler: new PermittedHandler(connectionSettings(settings.maxConcurrentCalls * 2), takeClock),
  });
  return {
    converse: (input, call) => sdk.send(new ConverseCommand(input), sendOptions(call)),
    async invoke(model, body, call) {
      const input = {
        modelId: model,
        contentType: "application/json",
        accept: "application/json",
        body: encoder.encode(JSON.stringify(body)),
      };
      const answer = await sdk.send(new InvokeModelCommand(input), sendOptions(call));
      return parseBody(decoder.decode(answer.body), answer.$metadata);
    },
    close: () => sdk.destroy(),
  };
}

type SendOptions = { readonly abortSignal: AbortSignal } & Omit<Call, "signal">;

/** The SDK passes these on to the request handler as they are. */
function sendOptions({ signal, ...hooks }: Call): SendOptions {
  return { abortSignal: signal, ...hooks };
}

/**
 * Waits for the call's permit between signing and sending. Answers are taken apart one by one, when all that have come
 * in are read: each of them lets another request out first.
 */
class PermittedHandler extends NodeHttpHandler {
  private readonly turns = new Turns();

  constructor(
    settings: ReturnType<typeof connectionSettings>,
    private readonly takeClock: TakeClock | undefined,
  ) {
    super(settings);
  }

  override async handle(...[request, options]: Parameters<NodeHttpHandler["handle"]>) {
    const { permit, onAnswer } = (options ?? {}) as Partial<SendOptions>;
    await permit?.();
    const sentMs = Date.now();
    const output = await super.handle(request, options);
    const { response } = output;
    const aheadMs = clockOffsetMs(response.headers["date"], sentMs, Date.now());
    if (aheadMs !== undefined) this.takeClock?.(aheadMs);
    response.body = await bytesOf(response.body as Readable);
    if (response.statusCode < 300) onAnswer?.();
    await this.turns.next();
    return output;
  }
}

/** Rejects when the connection breaks before the end. */
function bytesOf(body: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on("data", (chunk: Buffer) => chunks.push(chunk));
    body.once("end", () => resolve(Buffer.concat(chunks)));
    body.once("error", reject);
    body.once("close", () => {
      if (!body.readableEnded) reject(new Error("Premature close"));
    });
  });
}

/** The run's client for these settings: connections and credentials outlive bundles. */
export function sharedBedrockClient(shared: Shared, settings: BedrockSettings): BedrockClient {
  const key = JSON.stringify([settings.region, settings.endpoint, settings.maxConcurrentCalls]);
  return shared.get(
    `bedrock client ${key}`,
    () => createBedrockClient(settings, tellClock("Bedrock", settings.allowedDisorderMs, log)),
    (client) => client.close(),
  );
}

/**
 * A body that is no JSON was broken on its way. The error has the answer's status, which makes it one to be retried.
 */
function parseBody(body: string, $metadata: object): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw Object.assign(new Error("the answer is not JSON"), { name: "BrokenAnswer", $metadata });
  }
}
