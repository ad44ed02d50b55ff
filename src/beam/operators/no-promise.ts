import { UsageError } from "../error";

/**
 * Throws when a method that must be synchronous returned a promise: nobody would wait for it, and what it emits or throws
 * later would be lost.
 */
export function requireNoPromise(method: string, returned: unknown): void {
  if (!isPromise(returned)) return;
  // Its rejection is of no interest any more, but must not end the process.
  Promise.resolve(returned).catch(() => undefined);
  throw new UsageError(`${method} returned a promise: use asyncDoFn for what must be waited for`);
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
