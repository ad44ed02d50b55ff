import { retryAfterMs } from "../../beam/retry";
import { clockOffsetMs } from "./clock";

/** The facts of a failed call, whether AWS, the SDK or Node raised it. */
export interface AwsFailure {
  /** The exception's or error's name; the type of a thrown value that is no object. */
  readonly name: string;
  /** The service's words. They may quote the request, so they enter no log. */
  readonly message: string;
  readonly statusCode?: number;
  /** A network error's code, such as ECONNRESET. */
  readonly networkCode?: string;
  /** True when the caller's own time-out ended the call. */
  readonly timedOut: boolean;
  /** The pause that the service asked for by a Retry-After header. */
  readonly retryAfterMs?: number;
  /** How far this machine's clock is ahead of the answer's `Date`, at least; 0 when it may be right. */
  readonly clockAheadMs?: number;
}

/** Reads the facts from anything that the SDK or Node throws. Never fails. */
export function failureOf(error: unknown, timedOut = false): AwsFailure {
  if (typeof error !== "object" || error === null) return { name: typeof error, message: String(error), timedOut };
  const own = error as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
    readonly $response?: { readonly statusCode?: unknown; readonly headers?: Readonly<Record<string, unknown>> };
  };
  const statusCode = own.$metadata?.httpStatusCode ?? own.$response?.statusCode;
  const isAnswered = typeof statusCode === "number";
  const networkCode =
    typeof own.code === "string" ? own.code : isAnswered ? undefined : networkCodeInMessage(own.message);
  const headers = own.$response?.headers;
  const waitMs = retryAfterMs(headers?.["retry-after"]);
  const nowMs = Date.now();
  const clockAheadMs = clockOffsetMs(headers?.["date"], nowMs, nowMs);
  return {
    name: typeof own.name === "string" ? own.name : "Error",
    message: typeof own.message === "string" ? own.message : "",
    ...(isAnswered ? { statusCode } : {}),
    ...(networkCode === undefined ? {} : { networkCode }),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(clockAheadMs === undefined ? {} : { clockAheadMs }),
    timedOut,
  };
}

/**
 * Finds a network code in the message, because some broken connections carry no code of their own. The words of a
 * service that answered are not Node's.
 */
function networkCodeInMessage(message: unknown): string | undefined {
  if (typeof message !== "string") return undefined;
  return /^(?:socket hang up|aborted|premature close)$/i.test(message) ? "ECONNRESET" : undefined;
}
