import type { UnpackSettings } from "../../chat/steps/records/settings";

/**
 * Address of Kinesis. Credentials come from the AWS SDK's default chain (environment, profile, container, instance).
 */
export interface KinesisConnection {
  readonly region: string;
  /** Default: the region's own endpoint. A plain-http loopback endpoint gets made-up credentials, never real ones. */
  readonly endpoint?: string;
}

/**
 * The beginning of reading. LATEST is a time: it is resolved once, when the pipeline is built, and travels inside it,
 * so that a crash before the first record restarts at that same time instead of at a later "latest".
 */
export type StartPosition =
  | { readonly kind: "trimHorizon" }
  | { readonly kind: "timestamp"; readonly atMs: number }
  | { readonly kind: "latest"; readonly resolvedAtMs: number };

export function latest(nowMs: number = Date.now()): StartPosition {
  return { kind: "latest", resolvedAtMs: nowMs };
}

/** The arrival time at which reading begins; undefined for everything that the stream still holds. */
export function startTimeMs(start: StartPosition): number | undefined {
  switch (start.kind) {
    case "trimHorizon":
      return undefined;
    case "timestamp":
      return start.atMs;
    case "latest":
      return start.resolvedAtMs;
  }
}

export interface KinesisReadSettings {
  readonly connection: KinesisConnection;
  readonly streamName: string;
  readonly start: StartPosition;
  /**
   * Makes the source bounded: records that arrived up to this time are read, then it ends. "The tip as it is now" is
   * the present time. Records are taken in a shard's order: the first one that arrived later ends the shard.
   */
  readonly untilMs?: number;
  /** Time that a record may be behind the newest event time of its shard without being late. 0 … hours. */
  readonly allowedDisorderMs: number;
  /**
   * A shard read to its tip that brings no event time for this long moves its watermark by the clock. 1,000 … minutes.
   */
  readonly idleTimeoutMs: number;
  /** The sessions' gap: a record is too late when event time + gap ≤ watermark. */
  readonly gapMs: number;
  /** Where late records go: into dead letters, the default, or as messages to an output of their own. */
  readonly late?: "letter" | "amend";
  /** How records hold messages; missing: each is one. */
  readonly unpack?: UnpackSettings;
  readonly limits: ShardLimits;
  /** The first look for shards, the only call that a bundle waits for, gives up after this; undefined: never. */
  readonly maxRetryDurationMs?: number;
}

/** The limits of one shard, over all its consumers. */
export interface ShardLimits {
  readonly getRecordsPerS: number;
  /** Calls at the tip, where each finds little: fewer leave room for other consumers. Missing: as many as elsewhere. */
  readonly tipGetRecordsPerS?: number;
  readonly bytesPerS: number;
  readonly getIteratorPerS: number;
  /** Records in one answer, at most 10,000; an answer holds up to 10 MB all the same. */
  readonly maxRecordsPerCall: number;
}

/** Amazon Kinesis Data Streams Developer Guide, "Quotas and limits". */
export const SHARD_LIMITS: ShardLimits = {
  getRecordsPerS: 5,
  bytesPerS: 2 * 1024 * 1024,
  getIteratorPerS: 5,
  maxRecordsPerCall: 10_000,
};
