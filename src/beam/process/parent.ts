/** The functions that a child of `startProgram` calls. */

/** Tells the parent that the service listens on this port. */
export function reportReady(port: number): void {
  process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`);
}

/** Calls `close` and ends the process once the parent has ended or asks for it. */
export function endWithParent(close: () => Promise<void>): void {
  let closing = false;
  const end = (): void => {
    if (closing) return;
    closing = true;
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.stdin.resume();
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.once("SIGTERM", end);
}
