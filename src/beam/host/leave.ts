import type { HostRun } from "./host";

/**
 * Makes a run that this process may leave. Its `finished` settles with the job's end, or when the job is left running:
 * by a stop, or when `at` resolves.
 */
export function leavable(run: Omit<HostRun, "onStop">, at: Promise<void>): HostRun {
  let leave: () => void = () => undefined;
  let hasLeft = false;
  const left = new Promise<void>((resolve) => {
    leave = () => {
      hasLeft = true;
      resolve();
    };
  });
  at.then(leave, () => undefined);
  return {
    ...run,
    onStop: "detach",
    finished: Promise.race([run.finished, left]),
    hasLeft: () => hasLeft,
    drain: async () => leave(),
    cancel: async () => (hasLeft ? undefined : run.cancel()),
  };
}
