/**
 * Units of numeric times. `digits` is the number of decimal digits down to nanoseconds, `below` the bound of numbers
 * that stand for dates in this unit. The ranges of dates do not overlap, so a number is always read the same way.
 */
const UNITS = {
  s: { name: "seconds", digits: 9, below: 1e11 },
  ms: { name: "milliseconds", digits: 6, below: 1e14 },
  us: { name: "microseconds", digits: 3, below: 1e17 },
  ns: { name: "nanoseconds", digits: 0, below: Number.POSITIVE_INFINITY },
} as const;

type Unit = keyof typeof UNITS;
/** `auto` derives the unit from the magnitude: for dates from 1973 to 5138, only seconds are below 1e11, and so on. */
export const TIMESTAMP_UNITS = ["auto", "s", "ms", "us", "ns"] as const;
export type TimestampUnit = (typeof TIMESTAMP_UNITS)[number];

/**
 * RFC 3339 as JSON producers write it, also without seconds. An offset is required, since a local time is not an
 * instant.
 */
const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt _](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:?\d\d)$/;
const NUMBER = /^(-?)(\d{1,19})(?:\.(\d+))?$/;

/** Days that every month has. Only later days need the calendar. */
const SURE_DAYS = 28;
const LEAP_SECOND = "60";
const NANOS_PER_MS = 1_000_000n;

/**
 * Parses a time as `Date.parse` does. Returns milliseconds since the epoch; undefined for impossible dates, such as
 * 2026-02-30, and for anything else.
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

/**
 * Parses a time: a number in the given unit, such a number as text ("1795841870.0002", as Slack writes it), or an RFC
 * 3339 time. Returns milliseconds since the epoch, rounded down; undefined for anything else.
 */
export function parseTimestamp(value: unknown, unit: TimestampUnit = "auto"): number | undefined {
  if (typeof value === "number") return fromNumber(value, unit);
  if (typeof value !== "string") return undefined;
  const number = NUMBER.exec(value);
  if (number !== null) return fromDigits(number, unit);
  const time = RFC_3339.exec(value);
  return time === null ? undefined : fromRfc3339(time);
}

/** Returns the unit of a number of this size that stands for a date. */
function unitOf(size: number): Unit {
  for (const unit of ["s", "ms", "us"] as const) if (size < UNITS[unit].below) return unit;
  return "ns";
}

function fromNumber(value: number, given: TimestampUnit): number | undefined {
  const unit = given === "auto" ? unitOf(Math.abs(value)) : given;
  if (Number.isSafeInteger(value)) {
    return unit === "s" ? value * 1_000 : Math.floor(value / 10 ** (UNITS.ms.digits - UNITS[unit].digits));
  }
  // Only nanoseconds are larger, and JSON has rounded them. They are still right to the microsecond.
  if (Number.isInteger(value)) return unit === "ns" ? safe(Math.floor(Math.round(value / 1e3) / 1e3)) : undefined;
  // The shortest text of the number has the decimals as they were written, unlike the binary fraction.
  const digits = NUMBER.exec(String(value));
  return digits === null ? undefined : fromDigits(digits, unit);
}

/** Converts digits exactly, since a double does not hold nanoseconds. */
function fromDigits([, sign, whole, fraction = ""]: RegExpExecArray, given: TimestampUnit): number | undefined {
  const unit = given === "auto" ? unitOf(Number(whole)) : given;
  const { digits } = UNITS[unit];
  const nanos = BigInt(`${sign}${whole}${fraction.slice(0, digits).padEnd(digits, "0")}`);
  const isRoundedUp = nanos < 0n && nanos % NANOS_PER_MS !== 0n;
  return safe(Number(nanos / NANOS_PER_MS) - (isRoundedUp ? 1 : 0));
}

function safe(ms: number): number | undefined {
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function fromRfc3339([, date, minute, second = "00", fraction = "", offset]: RegExpExecArray): number | undefined {
  const isLeap = second === LEAP_SECOND;
  const ms = fraction.slice(0, 3).padEnd(3, "0");
  const instant = parseInstant(`${date}T${minute}:${isLeap ? "59" : second}.${ms}${offset!.toUpperCase()}`);
  return instant === undefined ? undefined : instant + (isLeap ? 1_000 : 0);
}

/** Describes what was found in place of a time, without quoting it, because users may have written it. */
export function looksLike(value: unknown): string {
  if (typeof value === "string") return NUMBER.test(value) ? numberLooksLike(Number(value)) : textLooksLike(value);
  if (typeof value === "number")
    return NUMBER.test(String(value)) ? numberLooksLike(value) : "a number beyond all dates";
  if (typeof value === "boolean") return "true or false";
  return Array.isArray(value) ? "a list" : "an object";
}

function numberLooksLike(value: number): string {
  return `${UNITS[unitOf(Math.abs(value))].name} since 1970`;
}

function textLooksLike(text: string): string {
  if (text.trim() === "") return "an empty text";
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return "a date without a time";
  if (/^\d{4}-\d\d-\d\d[Tt _]\d\d:\d\d(:\d\d([.,]\d+)?)?$/.test(text)) return "a local time, without an offset";
  return RFC_3339.test(text) ? "an impossible date or time" : "a text that is no RFC 3339 time";
}
