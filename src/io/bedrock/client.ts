import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { BedrockSettings } from "./settings";

/** All that this job wants of Bedrock. Errors are the SDK's own; nothing is retried here. */
export interface BedrockClient {
  converse(input: ConverseCommandInput, signal: AbortSignal): Promise<ConverseCommandOutput>;
  /** InvokeModel with a JSON body; resolves with the parsed body of the answer. */
  invoke(model: string, body: object, signal: AbortSignal): Promise<unknown>;
}

/** Longer than the pauses of a busy stage, shorter than the idle time-outs of AWS's balancers (60 s). */
const KEEP_ALIVE_MS = 20_000;
const CONNECTION_TIMEOUT_MS = 5_000;
/** A stand-in on this machine must never see real credentials. */
const LOOPBACK_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * A client on HTTP/1.1 with one kept-alive socket per call under way. The SDK's default for Bedrock is HTTP/2; we differ
 * everywhere, real AWS included, for three reasons: one lost connection fails one call and not all of them, calls spread
 * over Bedrock's front ends instead of sticking to one, and stand-ins and proxies that know only HTTP/1.1 work the same.
 */
export function createBedrockClient(settings: BedrockSettings): BedrockClient {
  const agentOptions = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: settings.maxConcurrentCalls * 2 };
  const sdk = new BedrockRuntimeClient({
    region: settings.region,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
    }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(isPlainLoopback(settings.endpoint)
      ? { credentials: LOOPBACK_CREDENTIALS, authSchemePreference: ["aws.auth#sigv4"] }
      : {}),
  });
  return {
    converse: (input, abortSignal) => sdk.send(new ConverseCommand(input), { abortSignal }),
    async invoke(model, body, abortSignal) {
      const input = {
        modelId: model,
        contentType: "application/json",
        accept: "application/json",
        body: encoder.encode(JSON.stringify(body)),
      };
      const answer = await sdk.send(new InvokeModelCommand(input), { abortSignal });
      return parseBody(decoder.decode(answer.body), answer.$metadata);
    },
  };
}

const clients = new Map<string, BedrockClient>();

/**
 * The process's client for these settings, made on first use and never closed, because connections and credentials
 * outlive bundles. Idle sockets do not keep the process alive.
 */
export function sharedBedrockClient(settings: BedrockSettings): BedrockClient {
  const key = JSON.stringify([settings.region, settings.endpoint, settings.maxConcurrentCalls]);
  let client = clients.get(key);
  if (client === undefined) clients.set(key, (client = createBedrockClient(settings)));
  return client;
}

/** A body that is no JSON was broken on its way: an error with the answer's status, which makes it one to be retried. */
function parseBody(body: string, $metadata: object): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw Object.assign(new Error("the answer is not JSON"), { name: "BrokenAnswer", $metadata });
  }
}

function isPlainLoopback(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false;
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "http:" && (/^127\./.test(hostname) || hostname === "localhost" || hostname === "[::1]");
}
