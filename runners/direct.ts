import type { Target } from "../src/beam/target";
import type { JobOptions } from "../src/options";

/** The job in this process. */
export function directTarget({ shuffle, seed }: JobOptions): Target {
  return { kind: "direct", ...(shuffle ? { options: { random: { seed } } } : {}) };
}
