import { doFn } from "../../beam";
import { alertCoder } from "../coders/alert";
import type { ChatMessage } from "../model";
import { messageAlerts } from "./raise";
import { redactedIn } from "./rules";
import type { MessageLaneSettings } from "./settings";
import { sharedDetector } from "./shared-detector";

/** The message lane: looks into each message by itself, before it has a session. Counter: alertsRaised. */
export const alertOnMessages = doFn("alertOnMessages", {
  outputs: { main: alertCoder },
  open(settings: MessageLaneSettings, { metrics, shared }) {
    const { rules, attributes } = settings;
    const raised = metrics.counter("alertsRaised");
    const detect = sharedDetector(settings, shared);
    return {
      process(message: ChatMessage, emit) {
        const findings = [...detect(message.content), ...redactedIn(message, rules)];
        if (findings.length === 0) return;
        for (const alert of messageAlerts(message, findings, attributes)) {
          raised.inc();
          void emit("main", alert);
        }
      },
    };
  },
});
