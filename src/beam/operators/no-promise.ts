import { UsageError } from "../error";

/**
 * Throws when a method that must be synchronous has returned a promise. Nobody would wait for the promise, so later
 * outputs and errors would be lost.
 */
export function requireNoPromise(method: string, returned: unknown): void {
  if (!isPromise(returned)) return;
  // The promise's rejection is ignored, and must not end the process.
  Promise.resolve(returned).catch(() => undefined);
  throw new UsageError(`${method} returned a promise: use asyncDoFn for what must be waited for`);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
