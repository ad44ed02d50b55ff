/** The settings that clients of AWS share; their rooms add their own. */
import type { NodeHttpHandlerOptions } from "@smithy/node-http-handler";

export interface AwsPlace {
  readonly region: string;
  /** URL; undefined for AWS's own endpoint in the region. */
  readonly endpoint?: string | undefined;
}

const CONNECTION_TIMEOUT_MS = 5_000;
/** Longer than the pauses of a busy stage, shorter than the idle time-outs of AWS's balancers (60 s). */
const KEEP_ALIVE_MS = 20_000;
/** A stand-in on this machine takes any credentials, and must never see real ones. */
const LOOPBACK_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

/** One attempt per call, because the rooms decide by themselves what to try again, and when. */
export function clientSettings({ region, endpoint }: AwsPlace) {
  return {
    region,
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    // A bearer token in the environment is a credential too, so none may reach a stand-in.
    ...(isPlainLoopback(endpoint)
      ? { credentials: LOOPBACK_CREDENTIALS, authSchemePreference: ["aws.auth#sigv4"] }
      : {}),
  };
}

/** Keeps sockets alive over HTTP/1.1: stand-ins speak nothing else. Above `maxSockets`, requests wait for one. */
export function connectionSettings(maxSockets: number): NodeHttpHandlerOptions {
  const agent = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets };
  return { connectionTimeout: CONNECTION_TIMEOUT_MS, httpAgent: agent, httpsAgent: agent };
}

/** True for a stand-in on this machine. */
export function isPlainLoopback(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
