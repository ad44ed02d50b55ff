import type { Target } from "../src/beam/target";
import type { JobOptions } from "../src/options";

/** The job in this process. Its errors tell nothing of what DoFns say, which may quote chats. */
export function directTarget({ shuffle, seed }: JobOptions): Target {
  return { kind: "direct", options: { authorText: "hidden", ...(shuffle ? { random: { seed } } : {}) } };
}
