/** Requests of EventBridge. Pure. */
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { AlertEvent } from "../../chat/alerts/event";
import { MAX_ENTRIES, MAX_REQUEST_BYTES } from "./settings";

const SOURCE = "beam-chat-sessions";
/** A time counts 14 bytes (the service's rule for sizes of entries). */
const TIME_BYTES = 14;

/** The event is the detail; EventBridge gives an id of its own, so consumers compare `detail.id`. */
export function entryOf(event: AlertEvent, bus: string): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: SOURCE,
    DetailType: event.type,
    Detail: JSON.stringify(event),
    Time: new Date(event.time),
  };
}

/** Entries in the requests that take them, in order. */
export function* requestsOf(entries: readonly PutEventsRequestEntry[]): Generator<readonly PutEventsRequestEntry[]> {
  let request: PutEventsRequestEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = bytesOf(entry);
    if (request.length === MAX_ENTRIES || (request.length > 0 && bytes + size > MAX_REQUEST_BYTES)) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(entry);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

function bytesOf({ Source = "", DetailType = "", Detail = "" }: PutEventsRequestEntry): number {
  return TIME_BYTES + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
