/**
 * Ctrl-C and SIGTERM: the first one drains, a later one cancels. npm passes on a Ctrl-C that the terminal has given to
 * this process too, so signals that follow at once are the same wish.
 */
const SAME_WISH_MS = 1_000;

export interface StopSignals {
  /** Aborted by the first signal. */
  readonly drain: AbortSignal;
  /** Aborted by a later one. */
  readonly cancel: AbortSignal;
  release(): void;
}

export function listenForStop(source: NodeJS.EventEmitter = process, now: () => number = Date.now): StopSignals {
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
