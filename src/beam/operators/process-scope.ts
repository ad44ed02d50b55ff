import type { ProcessScope } from "./contract";

/** A new one, which holds what is created in it for as long as it lives. */
export function processScope(): ProcessScope {
  const kept = new Map<string, unknown>();
  return {
    get<T>(key: string, create: () => T): T {
      if (!kept.has(key)) kept.set(key, create());
      return kept.get(key) as T;
    },
  };
}
