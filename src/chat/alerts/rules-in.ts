/** The rules that a session part hits, for its document to name them. Pure. */
import type { Detect } from "../detectors/detector";
import type { EmbeddedPart } from "../model";
import { summaryRules } from "../steps/summaries/summary-rule";
import { redactedIn, ruleDetectorOf } from "./rules";
import type { MessageLaneSettings } from "./settings";

export type RuleSettings = Pick<MessageLaneSettings, "rules" | "redaction">;

/** Gives the names of both lanes' rules in a part, sorted, each once: a cool-down leaves none of them out. */
export function rulesIn(
  { rules, redaction }: RuleSettings,
  detect: Detect = ruleDetectorOf(rules, redaction),
): (content: EmbeddedPart) => readonly string[] {
  return ({ part: { messages }, summary }) => {
    const findings = messages.flatMap((message) => [...detect(message.content), ...redactedIn(message, rules)]);
    return [...new Set([...findings.map(({ rule }) => rule), ...summaryRules(summary)])].sort();
  };
}
