/** RFC 3339, as JSON producers write it; the offset is required because a local time has no instant. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)$/;

/** Every month has these days, so later ones alone need a look at the calendar. */
const SURE_DAYS = 28;

/**
 * Parses as `Date.parse` does, to milliseconds since the epoch. Rejects impossible dates, such as 2026-02-30, and
 * anything that is no time, with undefined.
 */
export function parseInstant(text: string): number | undefined {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  const day = Number(text.slice(8, 10));
  return day <= SURE_DAYS || day <= daysInMonth(text) ? ms : undefined;
}

function daysInMonth(text: string): number {
  const month = new Date(`${text.slice(0, 7)}-01T00:00:00Z`);
  month.setUTCMonth(month.getUTCMonth() + 1, 0);
  return month.getUTCDate();
}

/** Milliseconds since the epoch from a number of milliseconds, such a number as text, or an RFC 3339 time; else undefined. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? Math.floor(value) : undefined;
  if (typeof value !== "string") return undefined;
  if (/^-?\d{1,16}$/.test(value)) return Number(value);
  if (!RFC_3339.test(value)) return undefined;
  return parseInstant(value.replace(" ", "T"));
}
