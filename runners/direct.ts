import type { Target } from "../src/beam/target";
import type { JobOptions } from "../src/options";

/** Runs the job in this process. Its errors leave out the words of DoFns, which may quote chats. */
export function directTarget({ shuffle, seed }: JobOptions): Target {
  return { kind: "direct", options: { authorText: "hidden", ...(shuffle ? { random: { seed } } : {}) } };
}
