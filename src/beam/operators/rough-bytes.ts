/** Memory of an object without its content, and of a number or any other value in a field. */
const OBJECT_BYTES = 48;
const FIELD_BYTES = 16;
/** Decoded values are less deep. The limit ends the count for a value that contains itself. */
const MAX_DEPTH = 32;

/** Estimates the memory of a value in bytes, rather too high: a character counts as two bytes. */
export function roughBytes(value: unknown): number {
  return bytesOf(value, 0);
}

function bytesOf(value: unknown, depth: number): number {
  if (typeof value === "string") return FIELD_BYTES + 2 * value.length;
  return typeof value === "object" && value !== null ? objectBytes(value, depth) : FIELD_BYTES;
}

// Loops over indices and names avoid iterators and lists of values: this runs for every element of every queue.
function objectBytes(value: object, depth: number): number {
  if (depth > MAX_DEPTH) return FIELD_BYTES;
  let bytes = OBJECT_BYTES;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) bytes += bytesOf(value[index], depth + 1);
    return bytes;
  }
  if (ArrayBuffer.isView(value)) return bytes + value.byteLength;
  if (value instanceof Map || value instanceof Set) {
    for (const part of value as Iterable<unknown>) bytes += bytesOf(part, depth + 1);
    return bytes;
  }
  for (const name in value) bytes += bytesOf((value as Record<string, unknown>)[name], depth + 1);
  return bytes;
}
