import { fieldAt } from "./fields";
import type { MessageSettings } from "./settings";

const MAX_LENGTH = 512;

export interface MessageId {
  /** Undefined when the producer gave none, or none that can be used. */
  readonly id: string | undefined;
  readonly hasUnusableId: boolean;
}

const NONE: MessageId = { id: undefined, hasUnusableId: false };
const UNUSABLE: MessageId = { id: undefined, hasUnusableId: true };

/**
 * The producer's id in a record whose long integers are strings. Where ids are unique within a scope alone, the scope
 * is part of the id: `["bank","17"]`, and `[null,"17"]` in a record without one.
 */
export function readMessageId(record: object, { messageIdField, messageIdScope }: MessageSettings): MessageId {
  const given = fieldAt(record, messageIdField) ?? undefined;
  if (given === undefined) return NONE;
  const id = asText(given);
  if (id === undefined || id === "" || id.length > MAX_LENGTH) return UNUSABLE;
  if (messageIdScope === undefined) return { id: id.toWellFormed(), hasUnusableId: false };
  const givenScope = fieldAt(record, messageIdScope) ?? null;
  const scope = givenScope === null ? null : asText(givenScope);
  if (scope === undefined || (scope?.length ?? 0) > MAX_LENGTH) return UNUSABLE;
  return { id: JSON.stringify([scope?.toWellFormed() ?? null, id.toWellFormed()]), hasUnusableId: false };
}

/**
 * A text, or a whole number as its decimal digits, whatever its notation: 1e3 and 1000.0 are "1000", -0 is "0". Other
 * numbers are rounded ones, by which two ids would be one.
 */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
