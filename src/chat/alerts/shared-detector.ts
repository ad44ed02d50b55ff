import type { Shared } from "../../beam";
import type { Detect } from "../detectors/detector";
import { ruleDetectorOf } from "./rules";
import type { RuleSettings } from "./rules-in";

/**
 * The detector of these rules, made once in a process. Its tables have 1.7 MB and take 10 ms to make, and a stage that
 * waits for answers has an instance for each bundle under way: hundreds.
 */
export function sharedDetector({ rules, redaction }: RuleSettings, shared: Shared): Detect {
  return shared.get(`alert rules ${JSON.stringify([rules, redaction])}`, () => ruleDetectorOf(rules, redaction));
}
