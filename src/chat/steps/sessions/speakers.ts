import { type ChatMessage, CUSTOMER } from "../../model";
import { truncateToTokens } from "../text/tokens";

/** Who speaks, as a model is told: a role, and a number from 1 where several authors of the part have it. */
export type Speaker = readonly [role: string] | readonly [role: string, number: number];

/** Limit of a role in a prompt, where it stands beside each message. */
export const MAX_ROLE_TOKENS = 20;

export function roleOf({ role }: Pick<ChatMessage, "role">): string {
  return role ?? CUSTOMER;
}

/** The speaker of each message. Authors are numbered as they appear, and not named. */
export function speakersOf(messages: readonly ChatMessage[]): readonly Speaker[] {
  const authors = new Map<string, Map<string, number>>();
  for (const message of messages) {
    const role = roleOf(message);
    const known = authors.get(role) ?? new Map<string, number>();
    if (!known.has(message.userId)) authors.set(role, known.set(message.userId, known.size + 1));
  }
  const labels = new Map([...authors.keys()].map((role) => [role, truncateToTokens(role, MAX_ROLE_TOKENS)] as const));
  return messages.map((message) => {
    const role = roleOf(message);
    const known = authors.get(role)!;
    const label = labels.get(role)!;
    return known.size === 1 ? [label] : [label, known.get(message.userId)!];
  });
}
