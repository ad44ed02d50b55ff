/** Who takes part in a session. Pure. */
import { type ChatMessage, CUSTOMER } from "../../model";
import { roleOf } from "./speakers";

/** An author in one role. */
export interface Participant {
  readonly id: string;
  readonly role: string;
  readonly messageCount: number;
}

/** Roles that are counted by their names; all others are one, since a producer's words must not become fields. */
const COUNTED = [CUSTOMER, "agent", "bot"] as const;

/** Messages by role; a role without messages is missing. */
export type MessageCounts = Readonly<Partial<Record<(typeof COUNTED)[number] | "other", number>>>;

/** Participants in the order of their first messages. */
export function participantsOf(messages: readonly ChatMessage[]): readonly Participant[] {
  const found = new Map<string, { id: string; role: string; messageCount: number }>();
  for (const message of messages) {
    const role = roleOf(message);
    const key = JSON.stringify([message.userId, role]);
    const known = found.get(key);
    if (known === undefined) found.set(key, { id: message.userId, role, messageCount: 1 });
    else known.messageCount++;
  }
  return [...found.values()];
}

/** The id of the first customer, or where there is none of the first participant. */
export function customerOf(participants: readonly Participant[]): string {
  return (participants.find(({ role }) => role === CUSTOMER) ?? participants[0])?.id ?? "";
}

export function messageCounts(participants: readonly Participant[]): MessageCounts {
  const counts: Partial<Record<(typeof COUNTED)[number] | "other", number>> = {};
  for (const { role, messageCount } of participants) {
    const counted = COUNTED.find((own) => own === role) ?? "other";
    counts[counted] = (counts[counted] ?? 0) + messageCount;
  }
  return counts;
}
