import { skipUnless } from "../support/needs";

/** Skips where there is no /proc, in which these tests find sockets and environments. */
export function onLinux(context: Mocha.Context): void {
  skipUnless(context, process.platform === "linux", "it needs /proc of Linux");
}
