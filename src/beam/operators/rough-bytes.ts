/** What an object costs besides what is in it, and what a number or an unknown thing costs in one. */
const OBJECT_BYTES = 48;
const FIELD_BYTES = 16;
/** Decoded values are no deeper; a value that holds itself ends here. */
const MAX_DEPTH = 32;

/** What a value takes in memory, roughly and rather too much: two bytes for each character. */
export function roughBytes(value: unknown, depth = 0): number {
  if (typeof value === "string") return FIELD_BYTES + 2 * value.length;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return FIELD_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength;
  let bytes = OBJECT_BYTES;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    for (const part of value as Iterable<unknown>) bytes += roughBytes(part, depth + 1);
    return bytes;
  }
  // Without a list of the fields' values: this runs for every element of every queue.
  for (const name in value) bytes += roughBytes((value as Record<string, unknown>)[name], depth + 1);
  return bytes;
}
