import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "./api";

export interface Loaded<T> {
  /** The last answer; of another key while `isStale`. */
  readonly value: T | undefined;
  readonly isStale: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
  /** Asks again at once. */
  readonly reload: () => void;
}

/** Back and forward show at once what was there. */
const KEPT_ANSWERS = 30;
const RETRY_MS = 4_000;

const kept = new Map<string, unknown>();

/**
 * Loads what `key` names, and anew when that changes. What is temporary is tried again by itself, while the last
 * answer stays.
 */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [answer, setAnswer] = useState<{ readonly key: string; readonly value: T } | undefined>(undefined);
  const [failure, setFailure] = useState<{ readonly key: string; readonly error: ApiError } | undefined>(undefined);
  const [loadingKey, setLoadingKey] = useState<string | undefined>(key);
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((number) => number + 1), []);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (kept.has(key)) setAnswer({ key, value: kept.get(key) as T });
    const run = async (): Promise<void> => {
      setLoadingKey(key);
      try {
        const value = await load(stop.signal);
        if (stop.signal.aborted) return;
        keep(key, value);
        setAnswer({ key, value });
        setFailure(undefined);
      } catch (caught) {
        if (stop.signal.aborted) return;
        const error = caught instanceof ApiError ? caught : new ApiError("FAILED", "The page failed at this.", false);
        setFailure({ key, error });
        if (error.isTemporary) timer = setTimeout(() => void run(), RETRY_MS);
      }
      setLoadingKey(undefined);
    };
    void run();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
    // `load` is made anew at each drawing; the key stands for what it loads.
  }, [key, round]);

  const known = answer?.key === key ? answer.value : (kept.get(key) as T | undefined);
  const error = failure?.key === key ? failure.error : undefined;
  return {
    value: known ?? answer?.value,
    isStale: known === undefined,
    // A new key is loading from its first drawing on, before the effect has run.
    isLoading: loadingKey !== undefined || (answer?.key !== key && error === undefined),
    error,
    reload,
  };
}

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_ANSWERS && oldest !== undefined) kept.delete(oldest);
}
