import type { Failure } from "./retry";

/** What the AWS SDK and Node throw → what the retry decision needs. Never fails, whatever was thrown. */
export function failureOf(error: unknown, timedOut: boolean): Failure {
  if (typeof error !== "object" || error === null) return { name: typeof error, message: String(error), timedOut };
  const own = error as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
    readonly $response?: { readonly statusCode?: unknown };
  };
  const statusCode = own.$metadata?.httpStatusCode ?? own.$response?.statusCode;
  const networkCode = typeof own.code === "string" ? own.code : networkCodeInMessage(own.message);
  return {
    name: typeof own.name === "string" ? own.name : "Error",
    message: typeof own.message === "string" ? own.message : "",
    ...(typeof statusCode === "number" ? { statusCode } : {}),
    ...(networkCode === undefined ? {} : { networkCode }),
    timedOut,
  };
}

/** Some broken connections carry no code of their own. */
function networkCodeInMessage(message: unknown): string | undefined {
  if (typeof message !== "string") return undefined;
  return /socket hang up|^aborted$|premature close/i.test(message) ? "ECONNRESET" : undefined;
}
