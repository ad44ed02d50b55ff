import { skipBecause } from "../support/tally-reporter";

/** Skips where there is no /proc, in which these tests find sockets and environments. */
export function onLinux(context: Mocha.Context): void {
  if (process.platform !== "linux") skipBecause(context, "it needs Linux's /proc");
}
