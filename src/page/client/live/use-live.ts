import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../api";
import { listen } from "./listen";
import { afterEvents, type LiveFeed, NOTHING, released } from "./live-feed";

/** The feed is kept, so that it is shown at once when one comes back from a session. */
let kept: LiveFeed = NOTHING;

export interface Live {
  readonly feed: LiveFeed;
  readonly connection: "connecting" | "open" | ApiError;
}

/**
 * The feed, as long as it is shown: a tab that nobody sees does not listen, because browsers keep few connections to
 * one server. It goes on where it was. While `isPaused`, what comes is held.
 */
export function useLive(isPaused: boolean): Live {
  const [feed, setFeed] = useState(kept);
  const [connection, setConnection] = useState<Live["connection"]>("connecting");
  const pause = useRef(isPaused);
  pause.current = isPaused;

  useEffect(() => {
    const change = (next: LiveFeed): void => {
      kept = next;
      setFeed(next);
    };
    let stop: AbortController | undefined;
    const follow = (): void => {
      if (document.hidden) {
        stop?.abort();
        stop = undefined;
      } else if (stop === undefined) {
        stop = new AbortController();
        const handlers = {
          onEvents: (events: Parameters<typeof afterEvents>[1]) => change(afterEvents(kept, events, pause.current)),
          onConnection: (state: true | ApiError) => setConnection(state === true ? "open" : state),
        };
        void listen(handlers, stop.signal);
      }
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      stop?.abort();
    };
  }, []);

  useEffect(() => {
    if (isPaused) return;
    kept = released(kept);
    setFeed(kept);
  }, [isPaused]);

  return { feed, connection };
}
