import { doFn } from "../../beam";
import { alertCoder } from "../coders/alert";
import type { ChatMessage } from "../model";
import { messageAlerts } from "./raise";
import { redactedIn, ruleDetectorOf } from "./rules";
import type { MessageLaneSettings } from "./settings";

/** The message lane: looks into each message by itself, before it has a session. Counter: alertsRaised. */
export const alertOnMessages = doFn("alertOnMessages", {
  outputs: { main: alertCoder },
  open({ rules, attributes, redaction }: MessageLaneSettings, { metrics }) {
    const raised = metrics.counter("alertsRaised");
    const detect = ruleDetectorOf(rules, redaction);
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
