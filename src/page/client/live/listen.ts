/** The connection to the server's live events. */
import type { LiveEvent } from "../../live/contract";
import { ApiError, openStream } from "../api";
import { EventParser } from "./event-parser";

const RETRY_MS = 4_000;
/** The server says at least every 15 seconds that it is there. */
const SILENCE_MS = 40_000;

interface Handlers {
  /** Events that came together. */
  readonly onEvents: (events: readonly LiveEvent[]) => void;
  /** True once the server has answered; an error while it is tried again. */
  readonly onConnection: (state: true | ApiError) => void;
}

/** Where the connection goes on after it was lost. */
let lastId: string | undefined;

/** Listens until the signal aborts, and begins anew by itself when the connection is lost. */
export async function listen(handlers: Handlers, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const error = await listenOnce(handlers, signal);
    if (signal.aborted) return;
    handlers.onConnection(error);
    await pause(RETRY_MS, signal);
  }
}

/** Resolves with the reason of the end. */
async function listenOnce({ onEvents, onConnection }: Handlers, signal: AbortSignal): Promise<ApiError> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
    const stream = await openStream("/api/live", { headers, signal: AbortSignal.any([signal, silence.signal]) });
    onConnection(true);
    const parser = new EventParser();
    const reader = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const events = parser.take(value).map(({ event, id, data }) => {
        if (id !== undefined) lastId = id;
        return { event, id, data: JSON.parse(data) as unknown } as LiveEvent;
      });
      if (events.length > 0) onEvents(events);
    }
  } catch (caught) {
    if (caught instanceof ApiError) return caught;
  } finally {
    clearTimeout(timer);
  }
  return new ApiError("AWAY", "The connection to the page's server was lost: is its command still running?", true);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
