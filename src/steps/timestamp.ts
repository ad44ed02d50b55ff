/** RFC 3339, as JSON producers write it; the offset is required because a local time has no instant. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)$/;

/** Milliseconds since the epoch from a number of milliseconds, such a number as text, or an RFC 3339 time; else undefined. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? Math.floor(value) : undefined;
  if (typeof value !== "string") return undefined;
  if (/^-?\d{1,16}$/.test(value)) return Number(value);
  if (!RFC_3339.test(value)) return undefined;
  const ms = Date.parse(value.replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : ms;
}
