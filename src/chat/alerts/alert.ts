/** An alert: what the job tells of sensitive content, without the content. */
import type { SessionAttributes } from "../model";
import type { Severity } from "../detectors/detector";

/** The message lane tells of one message as soon as it is parsed, the session lane of what the summary found. */
export const LANES = ["message", "session"] as const;
export type Lane = (typeof LANES)[number];

export interface Alert {
  /** A UUIDv5 of the message or document and the rule: a replay repeats it. */
  readonly id: string;
  readonly lane: Lane;
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  /** `keyHash` of the session key. */
  readonly sessionKeyHash: string;
  /** `keyHash` of the user: the author of the message, the customer of the session. */
  readonly userHash: string;
  /** Id of the session's document; missing in the message lane, where there is none yet. */
  readonly documentId?: string;
  /** Event times of the message, or of the session's first and last one. */
  readonly startMs: number;
  readonly endMs: number;
  /** When the record of the message arrived; missing in the session lane. */
  readonly arrivalMs?: number;
  readonly messageCount: number;
  readonly language?: string;
  readonly intent?: string;
  /** Attributes that the settings allow. */
  readonly attributes?: SessionAttributes;
}
