/**
 * Units of numeric times. `digits` is the number of decimal digits down to nanoseconds, `length` the number of digits
 * before the point that dates have from 2001-09-09T01:46:40Z to before 2286-11-20T17:46:40Z. Numbers of other lengths
 * belong to no unit, so a field of one unit is never read in another one.
 */
const UNITS = {
  s: { name: "seconds", digits: 9, length: 10 },
  ms: { name: "milliseconds", digits: 6, length: 13 },
  us: { name: "microseconds", digits: 3, length: 16 },
  ns: { name: "nanoseconds", digits: 0, length: 19 },
} as const;

type Unit = keyof typeof UNITS;
const UNIT_NAMES = Object.keys(UNITS) as readonly Unit[];
const UNIT_BOUNDS = UNIT_NAMES.map((unit) => {
  const { length } = UNITS[unit];
  return { unit, from: 10 ** (length - 1), to: 10 ** length };
});
/** `auto` tells the unit by the number's digits before the point: 10 are seconds, 13, 16 and 19 the smaller units. */
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

/** Returns the unit in which this number is a date within the bounds of `auto`; undefined when there is none. */
function unitOf([, sign, whole = ""]: RegExpExecArray): Unit | undefined {
  if (sign !== "") return undefined;
  const { length } = whole.replace(/^0+/, "");
  return UNIT_NAMES.find((unit) => UNITS[unit].length === length);
}

function unitOfNumber(value: number): Unit | undefined {
  // Bounds are computed once, since each message asks.
  for (const { unit, from, to } of UNIT_BOUNDS) if (value >= from && value < to) return unit;
  return undefined;
}

function fromNumber(value: number, given: TimestampUnit): number | undefined {
  const unit = given === "auto" ? unitOfNumber(value) : given;
  if (unit === undefined) return undefined;
  if (Number.isSafeInteger(value)) {
    return unit === "s" ? value * 1_000 : Math.floor(value / 10 ** (UNITS.ms.digits - UNITS[unit].digits));
  }
  if (Number.isInteger(value)) return fromRounded(value, unit);
  // The shortest text of the number has the decimals as they were written, unlike the binary fraction.
  const digits = NUMBER.exec(String(value));
  return digits === null ? undefined : fromDigits(digits, unit);
}

/** Converts a whole number that JSON has rounded. Nanoseconds are still right to the microsecond. */
function fromRounded(value: number, unit: Unit): number | undefined {
  if (unit === "ns") return safe(Math.floor(Math.round(value / 1e3) / 1e3));
  return unit === "us" ? safe(Math.floor(value / 1e3)) : undefined;
}

/** Converts digits exactly, since a double does not hold nanoseconds. */
function fromDigits(number: RegExpExecArray, given: TimestampUnit): number | undefined {
  const [, sign, whole, fraction = ""] = number;
  const unit = given === "auto" ? unitOf(number) : given;
  if (unit === undefined) return undefined;
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

/**
 * Describes what was found in place of a time, with the option that would read it. Quotes nothing of it, because users
 * may have written it.
 */
export function looksLike(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") {
    const number = NUMBER.exec(String(value));
    if (number !== null) return numberLooksLike(number);
    return typeof value === "string" ? textLooksLike(value) : "a number beyond all dates";
  }
  if (typeof value === "boolean") return "true or false";
  return Array.isArray(value) ? "a list" : "an object";
}

function numberLooksLike(number: RegExpExecArray): string {
  const unit = unitOf(number);
  if (unit !== undefined) return `${UNITS[unit].name} since 1970 (--timestamp-unit ${unit})`;
  return "a number that is no date from 2001-09-09 to 2286-11-20 in any unit (--timestamp-unit names the unit of others)";
}

function textLooksLike(text: string): string {
  if (text.trim() === "") return "an empty text";
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return "a date without a time";
  if (/^\d{4}-\d\d-\d\d[Tt _]\d\d:\d\d(:\d\d([.,]\d+)?)?$/.test(text)) return "a local time, without an offset";
  return RFC_3339.test(text) ? "an impossible date or time" : "a text that is no RFC 3339 time";
}
