/** Dead letters of alerts, and back. Pure. */
import { DEAD_LETTER_CODES } from "../errors";
import type { DeadLetter } from "../model";
import type { Alert } from "./alert";

/** Receivers that may refuse alerts, or be away. */
export const RECEIVERS = ["webhook", "eventbridge"] as const;
export type ReceiverName = (typeof RECEIVERS)[number];

/** Counter of the alerts that this receiver did not take. */
export function undeliveredCounter(receiver: ReceiverName): `alertsUndelivered_${ReceiverName}` {
  return `alertsUndelivered_${receiver}`;
}

export interface Undelivered {
  readonly receiver: ReceiverName;
  readonly alert: Alert;
}

/** `reason` is one sentence. The letter is its receiver's own: another one may have taken the same alert. */
export function alertLetter(
  code: "ALERT_REFUSED" | "ALERT_NOT_TAKEN",
  reason: string,
  { receiver, alert }: Undelivered,
): DeadLetter {
  return {
    code,
    stage: DEAD_LETTER_CODES[code].stage,
    reason,
    kind: "alert",
    payload: Buffer.from(JSON.stringify({ receiver, alert } satisfies Undelivered)),
    messageCount: 0,
    subject: { sessionKeyHash: alert.sessionKeyHash, userHashes: [alert.userHash], sentMs: alert.startMs },
    position: { shardId: receiver, sequenceNumber: alert.id, subSequenceNumber: 0 },
    timestampMs: alert.endMs,
  };
}

export function undeliveredOf({ payload }: Pick<DeadLetter, "payload">): Undelivered {
  // The cast is sound, because only `alertLetter` makes such payloads.
  return JSON.parse(Buffer.from(payload).toString("utf8")) as Undelivered;
}
