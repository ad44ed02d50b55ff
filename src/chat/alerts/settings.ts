import type { RedactionSettings } from "../privacy/settings";
import type { AlertRules } from "./rules";

/** Settings of both lanes. Plain data. */
export interface AlertSettings {
  readonly rules: AlertRules;
  /** Size of the windows in which a session key has one alert of a kind. */
  readonly cooldownMs: number;
  /** The sessions' gap: a message that is on time lies less than this behind the watermark. */
  readonly gapMs: number;
  /** Names of attributes that alerts may tell. */
  readonly attributes: readonly string[];
}

/** Settings of the message lane. */
export interface MessageLaneSettings extends AlertSettings {
  /** The redaction that messages went through before this lane; missing: none. */
  readonly redaction?: RedactionSettings;
}
