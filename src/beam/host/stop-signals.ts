/**
 * Time after the first signal in which further signals are ignored: Ctrl-C reaches this process twice, from the
 * terminal and passed on by npm.
 */
const SAME_WISH_MS = 1_000;

export interface StopSignals {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly drain: AbortSignal;
  /** Aborted by a later signal. */
  readonly cancel: AbortSignal;
  release(): void;
}

/** `now` in milliseconds never goes back, or a second Ctrl-C would not count. */
export function listenForStop(
  source: NodeJS.EventEmitter = process,
  now: () => number = () => performance.now(),
): StopSignals {
  const drain = new AbortController();
  const cancel = new AbortController();
  let firstMs: number | undefined;
  const listen = (): void => {
    if (firstMs === undefined) {
      firstMs = now();
      drain.abort();
    } else if (now() - firstMs >= SAME_WISH_MS) {
      cancel.abort();
    }
  };
  source.on("SIGINT", listen);
  source.on("SIGTERM", listen);
  return {
    drain: drain.signal,
    cancel: cancel.signal,
    release() {
      source.off("SIGINT", listen);
      source.off("SIGTERM", listen);
    },
  };
}
