import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { asyncDoFn } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { type Answer, Deliverer, type Receiver } from "../receiver";
import { sharedEventBridgeClient } from "./client";
import { entryOf, requestsOf } from "./requests";
import { decideEntry, decideFailure } from "./retry";
import { type EventBridgeSettings, MAX_ENTRIES, MAX_EVENTBRIDGE_CALLS, MAX_REQUEST_BYTES } from "./settings";

/** An alert is told at once. */
const MAX_AGE_MS = 20;

/** Asks for each entry by itself: the failed ones of a request come again without the others. */
function eventBridgeReceiver(client: EventBridgeClient, { bus }: EventBridgeSettings): Receiver {
  const put = async (entries: readonly PutEventsRequestEntry[]): Promise<readonly Answer[]> => {
    try {
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [...entries] }));
      return entries.map((_, at) => decideEntry(Entries[at]));
    } catch (error) {
      const answer = decideFailure(error);
      return entries.map(() => answer);
    }
  };
  return {
    async send(events) {
      const answers: Answer[] = [];
      for (const request of requestsOf(events.map((event) => entryOf(event, bus))))
        answers.push(...(await put(request)));
      return answers;
    },
    close: () => undefined,
  };
}

/** Puts alerts on an event bus. Counters: alertsToEventBridge, and those of `Deliverer`. */
export const putEvents = asyncDoFn("putEvents", {
  outputs: { deadLetters: deadLetterCoder },
  calls: {
    maxConcurrentCalls: MAX_EVENTBRIDGE_CALLS,
    batching: { maxCount: MAX_ENTRIES, maxBytes: MAX_REQUEST_BYTES, maxAgeMs: MAX_AGE_MS },
  },
  open(settings: EventBridgeSettings, context) {
    const client = sharedEventBridgeClient(context.shared, settings.connection, settings.requestTimeoutMs);
    return new Deliverer(
      "eventbridge",
      eventBridgeReceiver(client, settings),
      settings,
      context,
      context.metrics.counter("alertsToEventBridge"),
    );
  },
});
