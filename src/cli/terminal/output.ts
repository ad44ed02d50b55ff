/**
 * Keeps a command alive when its output is lost: a pipe whose reader has ended (`| head -1`), or a full disk. Neither
 * should end a job or print a stack trace.
 */
import type { Writable } from "node:stream";

/** Handles errors of standard output and standard error. Reports a full disk, once. */
export function surviveLostOutput({ stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable }): void {
  let isNamed = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that has ended needs no report.
    if (isNamed || error.code === "EPIPE") return;
    isNamed = true;
    stderr.write(`Standard output cannot be written (${error.code ?? error.message}): its lines are lost.\n`);
  });
  stderr.on("error", () => undefined);
}
