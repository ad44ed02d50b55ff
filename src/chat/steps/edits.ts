/** Texts that one message id was given, one after the other. Pure. */
import type { ChatMessage } from "../model";
import { messageKey } from "./message-key";

/**
 * The text that was written last of two that have one id, in the place of the former: at its time and position. It
 * keeps the keys of all texts that it stands for, the very first one first.
 */
export function replaceText(former: ChatMessage, later: ChatMessage): ChatMessage {
  const isLast = writtenMs(later) >= writtenMs(former);
  const [kept, gone] = isLast ? [later, former] : [former, later];
  const { timestampMs, arrivalMs, position } = former;
  const [formerKeys, laterKeys] = [former, later].map(({ replaces }) => replaces?.keys ?? []) as [string[], string[]];
  const goneKey = messageKey(gone);
  const keys = isLast ? [...formerKeys, goneKey, ...laterKeys] : [...formerKeys, ...laterKeys, goneKey];
  return { ...kept, timestampMs, arrivalMs, position, isEdit: true, replaces: { keys, writtenMs: writtenMs(kept) } };
}

/** Event time of the text itself, which may stand in the place of an earlier one. */
export function writtenMs({ timestampMs, replaces }: ChatMessage): number {
  return replaces?.writtenMs ?? timestampMs;
}

/** Keys of all messages that this one stands for: its own, and those of the texts that it replaced. */
export function heldKeys(message: ChatMessage): readonly string[] {
  const own = messageKey(message);
  return message.replaces === undefined ? [own] : [own, ...message.replaces.keys];
}

/** The key of the text that was there first: the message's identity whatever has been edited since. */
export function firstKey(message: ChatMessage): string {
  return message.replaces?.keys[0] ?? messageKey(message);
}

/** Number of messages that were read for these, replaced ones among them. */
export function countRead(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { replaces }) => sum + 1 + (replaces?.keys.length ?? 0), 0);
}
