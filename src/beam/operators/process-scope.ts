import type { ProcessScope } from "./contract";

export interface OwnedScope extends ProcessScope {
  /** Closes what is in it, the last opened first; errors are of no more interest. Nothing may be asked of it afterwards. */
  close(): Promise<void>;
}

/** A new one, which holds what is opened in it until it is closed. */
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
          // The run has ended, and its end is told by others.
        }
      }
    },
  };
}
