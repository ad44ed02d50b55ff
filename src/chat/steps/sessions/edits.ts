/** Texts that one message id was given, one after the other. Pure. */
import type { ChatMessage } from "../../model";
import { idOrTime, messageKey } from "../ids/message-key";

/**
 * The text that was written last of two that have one id, in the place of the former: at its time and position. It
 * keeps the keys of all texts that it stands for, the very first one first, also where that is its own.
 */
export function replaceText(former: ChatMessage, later: ChatMessage): ChatMessage {
  const kept = writtenMs(later) >= writtenMs(former) ? later : former;
  const { timestampMs, arrivalMs, position } = former;
  const keys = replacedKeys(kept, [...textKeys(former), ...textKeys(later)]);
  return { ...kept, timestampMs, arrivalMs, position, isEdit: true, replaces: { keys, writtenMs: writtenMs(kept) } };
}

/** The message with the keys of the texts that another message of the same text replaced. */
export function withReplaced(message: ChatMessage, same: ChatMessage): ChatMessage {
  if (same.replaces === undefined) return message;
  const keys = replacedKeys(message, [...textKeys(message), ...same.replaces.keys]);
  const last = Math.max(writtenMs(message), writtenMs(same));
  return { ...message, isEdit: true, replaces: { keys, writtenMs: last } };
}

/** Marks those messages as edits whose id one of the others has, which was there before. */
export function markEdits(messages: readonly ChatMessage[], others: readonly ChatMessage[]): readonly ChatMessage[] {
  const firstMs = new Map<string | number, number>();
  for (const other of others) {
    if (other.messageId === undefined) continue;
    const id = idOrTime(other);
    firstMs.set(id, Math.min(other.timestampMs, firstMs.get(id) ?? Number.POSITIVE_INFINITY));
  }
  return messages.map((message) => {
    if (message.messageId === undefined) return message;
    const isEdit = message.timestampMs >= (firstMs.get(idOrTime(message)) ?? Number.POSITIVE_INFINITY);
    return isEdit ? { ...message, isEdit } : message;
  });
}

/** Keys of a message's texts in the order in which they came: the one that stands there now is the last. */
function textKeys(message: ChatMessage): readonly string[] {
  return [...(message.replaces?.keys ?? []), messageKey(message)];
}

function replacedKeys(kept: ChatMessage, keys: readonly string[]): readonly string[] {
  const own = messageKey(kept);
  return [...new Set(keys)].filter((key, place) => key !== own || place === 0);
}

/** Event time of the text itself, which may stand in the place of an earlier one. */
export function writtenMs({ timestampMs, replaces }: ChatMessage): number {
  return replaces?.writtenMs ?? timestampMs;
}

/** Keys of all messages that this one stands for: its own, and those of the texts that it replaced. */
export function heldKeys(message: ChatMessage): readonly string[] {
  const own = messageKey(message);
  return message.replaces === undefined ? [own] : [...new Set([own, ...message.replaces.keys])];
}

/** The key of the text that was there first: the message's identity whatever has been edited since. */
export function firstKey(message: ChatMessage): string {
  return message.replaces?.keys[0] ?? messageKey(message);
}

/** Number of messages that were read for these, replaced ones among them. */
export function countRead(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => sum + (message.replaces === undefined ? 1 : heldKeys(message).length), 0);
}
