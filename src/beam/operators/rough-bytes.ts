/** Memory of an object without its content, and of a number or any other value in a field. */
const OBJECT_BYTES = 48;
const FIELD_BYTES = 16;
/** Decoded values are less deep. The limit ends the count for a value that contains itself. */
const MAX_DEPTH = 32;

/** Estimates the memory of a value in bytes, rather too high: a character counts as two bytes. */
export function roughBytes(value: unknown, depth = 0): number {
  if (typeof value === "string") return FIELD_BYTES + 2 * value.length;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return FIELD_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength;
  let bytes = OBJECT_BYTES;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    for (const part of value as Iterable<unknown>) bytes += roughBytes(part, depth + 1);
    return bytes;
  }
  // A loop over names avoids a list of values: this runs for every element of every queue.
  for (const name in value) bytes += roughBytes((value as Record<string, unknown>)[name], depth + 1);
  return bytes;
}
