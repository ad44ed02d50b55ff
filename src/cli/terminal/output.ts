/**
 * Output that nobody takes: a pipe whose reader has ended (`| head -1`), a disk that is full. It is no reason for a job
 * to end, nor for a stack trace.
 */
import type { Writable } from "node:stream";

/** Keeps errors of standard output and standard error from ending the process; names a full disk, once. */
export function surviveLostOutput({ stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable }): void {
  let isNamed = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that ends has had enough, and knows.
    if (isNamed || error.code === "EPIPE") return;
    isNamed = true;
    stderr.write(`Standard output cannot be written (${error.code ?? error.message}): its lines are lost.\n`);
  });
  stderr.on("error", () => undefined);
}
