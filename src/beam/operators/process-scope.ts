import type { ProcessScope } from "./contract";

export interface OwnedScope extends ProcessScope {
  /** Closes all objects, the last opened first. Errors are ignored. The scope must not be used afterwards. */
  close(): Promise<void>;
}

/** Makes an empty scope. */
export function processScope(): OwnedScope {
  const kept = new Map<string, unknown>();
  const closers: (() => void | Promise<void>)[] = [];
  return {
    get<T>(key: string, open: () => T, close?: (value: T) => void | Promise<void>): T {
      if (kept.has(key)) return kept.get(key) as T;
      const value = open();
      kept.set(key, value);
      if (close !== undefined) closers.push(() => close(value));
      return value;
    },
    async close() {
      kept.clear();
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch {
          // The run has ended, and its result does not depend on this error.
        }
      }
    },
  };
}
