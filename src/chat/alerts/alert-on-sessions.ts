import { doFn } from "../../beam";
import { alertCoder } from "../coders/alert";
import type { EmbeddedPart } from "../model";
import type { PlannedSession } from "../plan";
import { sessionAlerts } from "./raise";
import type { AlertSettings } from "./settings";

/**
 * The session lane: tells of what the summaries found. A document has one alert of a kind, and the session's silence
 * came before it, so it needs no cool-down. Counter: alertsRaised.
 */
export const alertOnSessions = doFn("alertOnSessions", {
  outputs: { main: alertCoder },
  open({ attributes }: Pick<AlertSettings, "attributes">, { metrics }) {
    const raised = metrics.counter("alertsRaised");
    return {
      process({ documents }: PlannedSession<EmbeddedPart>, emit) {
        for (const document of documents) {
          for (const alert of sessionAlerts(document, attributes)) {
            raised.inc();
            void emit("main", alert);
          }
        }
      },
    };
  },
});
