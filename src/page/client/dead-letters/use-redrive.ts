import { useCallback, useEffect, useState } from "preact/hooks";
import type { RedriveAnswer, RedriveRequest } from "../../letters/contract";
import { api, ApiError } from "../api";
import { afterAnswer, isRunning as runs, NOT_ASKED } from "./followed-redrive";

export interface RedriveState {
  readonly answer: RedriveAnswer | undefined;
  readonly isRunning: boolean;
  /** Counts the redrives that ended, after which lists are others. */
  readonly ended: number;
  /** The server's sentence where it refused one. */
  readonly refusal: string | undefined;
  readonly start: (filter: RedriveRequest) => void;
}

const RUNNING_MS = 700;
/** Another browser may begin one. */
const IDLE_MS = 5_000;

/** Follows the server's redrive, whoever began it. */
export function useRedrive(): RedriveState {
  const [{ answer, ended }, setFollowed] = useState(NOT_ASKED);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const isRunning = runs(answer);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      // While the server is away, what is known stays.
      const next = await api.redrive(stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      if (next !== undefined) setFollowed((before) => afterAnswer(before, next));
      const goesOn = next === undefined ? isRunning : runs(next);
      timer = setTimeout(() => void ask(), goesOn ? RUNNING_MS : IDLE_MS);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [isRunning]);

  const start = useCallback((filter: RedriveRequest) => {
    setRefusal(undefined);
    api.startRedrive(filter).then(
      (next) => setFollowed((before) => afterAnswer(before, next)),
      (error: unknown) => setRefusal(error instanceof ApiError ? error.message : "The redrive could not be started."),
    );
  }, []);
  return { answer, isRunning, ended, refusal, start };
}
