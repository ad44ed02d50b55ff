/** Fields of a record by their dotted paths. */

/**
 * True when the record has a field twice, nested and as a key with dots: a producer who wrote one may not know of the
 * other.
 */
export function isAmbiguous(object: object, path: string): boolean {
  if (!path.includes(".") || !Object.hasOwn(object, path)) return false;
  const nested = nestedAt(object, path);
  return nested !== undefined && nested !== (object as Record<string, unknown>)[path];
}

/** The value at a dotted path, or that of a whole key that contains the dots. */
export function fieldAt(object: object, path: string): unknown {
  return (
    nestedAt(object, path) ?? (Object.hasOwn(object, path) ? (object as Record<string, unknown>)[path] : undefined)
  );
}

/** Reads own properties only: inherited ones, such as `constructor`, are not part of the record. */
function nestedAt(object: object, path: string): unknown {
  // Most paths are one name, and splitting costs as much as all the rest.
  if (!path.includes(".")) return Object.hasOwn(object, path) ? (object as Record<string, unknown>)[path] : undefined;
  let value: unknown = object;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
