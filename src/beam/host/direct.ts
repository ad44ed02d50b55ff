import { DirectRunner } from "../direct/runner";
import type { DirectTarget } from "../target";
import { type Host, NEVER } from "./host";

/** Opens a host that runs pipelines in this process. */
export function directHost({ options = {} }: DirectTarget): Host {
  return {
    close: async () => undefined,
    async run({ pipeline }) {
      const run = await new DirectRunner(options).run(pipeline);
      return {
        onStop: "drain",
        failure: NEVER,
        finished: run.finished,
        metrics: () => run.metrics(),
        drain: () => run.drain(),
        cancel: () => run.cancel(),
        openWindows: () => Object.values(run.status().stages).reduce((sum, { openWindows }) => sum + openWindows, 0),
      };
    },
  };
}
