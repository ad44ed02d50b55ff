import type { HostRun } from "./host";

/** The run as far as this process takes part in it: to its end, or until it is left to itself by a stop, or with `at`. */
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
