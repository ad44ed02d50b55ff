import { deferred } from "../deferred";
import type { HostRun } from "./host";

/**
 * Makes a run that this process may leave. Its `finished` settles with the job's end, or when the job is left running:
 * by a stop, or when `at` resolves.
 */
export function leavable(run: Omit<HostRun, "onStop">, at: Promise<void>): HostRun {
  let hasLeft = false;
  const left = deferred();
  const leave = (): void => {
    hasLeft = true;
    left.resolve();
  };
  at.then(leave, () => undefined);
  return {
    ...run,
    onStop: "detach",
    finished: Promise.race([run.finished, left.promise]),
    hasLeft: () => hasLeft,
    drain: async () => leave(),
    cancel: async () => (hasLeft ? undefined : run.cancel()),
  };
}
