import type { DetectorSettings } from "../detectors/detector";

/** Form that replaces a finding: the same word for all, the entity's name, or that and a keyed pseudonym. */
export const MASKS = ["pii", "type", "pseudonym"] as const;
export type Mask = (typeof MASKS)[number];

/** Who reads redacted texts; the other one reads the original. */
export const REDACTED_FOR = ["model", "index", "both"] as const;

export interface RedactionSettings extends DetectorSettings {
  readonly mask: Mask;
  readonly where: (typeof REDACTED_FOR)[number];
}

/** Treatment of personal data before a session is made. Plain data without secrets: it travels with the pipeline. */
export interface PrivacySettings {
  readonly redaction?: RedactionSettings;
  /** True to put pseudonyms in the place of users, session keys and message ids. */
  readonly pseudonymisesUsers?: true;
  /** The key of the pseudonyms; missing: nothing needs one. */
  readonly key?: KeyFile | WrappedKey;
}

/** A key that each host has as a file of its own. */
export interface KeyFile {
  readonly path: string;
  /** Tells whether a host's key is the one of all others. */
  readonly check: string;
}

/** A key that only KMS can unwrap, which each process asks for once. */
export interface WrappedKey {
  /** In base64. */
  readonly wrapped: string;
  readonly keyArn: string;
}

/** The settings for what the index holds, whose users have their names already. */
export function forHeld({ pseudonymisesUsers: _, ...privacy }: PrivacySettings): PrivacySettings {
  return privacy;
}
