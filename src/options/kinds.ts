import { parseInstant } from "../chat/steps/records/timestamp";

/**
 * Parses one option's text into a value. Every kind knows its bounds and names them in the help and in its refusals.
 */
export interface Kind<T> {
  /** The placeholder in the help: `--stream <name>`; undefined for a switch. */
  readonly placeholder: string | undefined;
  /** Bounds or choices in words, for the help. */
  readonly range: string | undefined;
  /** Returns the value, or words that complete "must be …". */
  parse(text: string): { readonly value: T } | { readonly mustBe: string };
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const BYTE_UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, kib: 1_024, mib: 1_048_576 };

/** A text that is not empty. */
export function text(placeholder: string): Kind<string> {
  return {
    placeholder,
    range: undefined,
    parse: (given) => (given.trim() === "" ? { mustBe: "a text that is not empty" } : { value: given.trim() }),
  };
}

/** A text of a form that a service prescribes. `mustBe` names the form. */
export function pattern(placeholder: string, form: RegExp, mustBe: string): Kind<string> {
  return {
    placeholder,
    range: undefined,
    parse: (given) => (form.test(given) ? { value: given } : { mustBe }),
  };
}

/** A folder of Flink's. */
export const sharedPath = pattern(
  "path",
  /^(\/|[a-z][a-z0-9+.-]*:\/)./,
  "an absolute path, or an address such as s3://bucket/folder, that every machine of Flink reaches",
);

/** OpenSearch's own rules for names of indexes. */
export const indexName = pattern(
  "name",
  /^(?![-_+.])[a-z0-9._-]{1,200}$/,
  "a lower-case index name of letters, digits, '-', '_' and '.', that does not begin with one of the latter",
);

/** A key itself and no alias, because a right to decrypt names the key. */
export const kmsKey = pattern(
  "arn",
  /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
  "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>",
);

export function choice<const C extends readonly string[]>(choices: C): Kind<C[number]> {
  return {
    placeholder: "choice",
    range: choices.join(", "),
    parse(given) {
      const found = choices.find((each) => each.toLowerCase() === given.toLowerCase());
      return found === undefined ? { mustBe: `one of ${choices.join(", ")}` } : { value: found };
    },
  };
}

/** Some of the choices, separated by commas, each once; an empty text is none. */
export function choices<const C extends readonly string[]>(all: C): Kind<readonly C[number][]> {
  return {
    placeholder: "list",
    range: `any of ${all.join(", ")}`,
    parse(given) {
      const names = given === "" ? [] : given.toLowerCase().split(",");
      const found = names.flatMap((name) => all.find((each) => each === name.trim()) ?? []);
      return found.length === names.length && new Set(found).size === found.length
        ? { value: found }
        : { mustBe: `some of ${all.join(", ")}, separated by commas, each once` };
    },
  };
}

/** A whole number. */
export function count(min: number, max: number): Kind<number> {
  const mustBe = `a whole number from ${min} to ${max}`;
  return {
    placeholder: "n",
    range: `${min} to ${max}`,
    parse(given) {
      const value = Number(given);
      const fits = /^\d+$/.test(given) && Number.isSafeInteger(value) && value >= min && value <= max;
      return fits ? { value } : { mustBe };
    },
  };
}

/** A duration such as 250ms, 300s, 5m, 24h, 7d → milliseconds. */
export function duration(min: string, max: string): Kind<number> {
  const bounds = { minMs: parseDuration(min) ?? 0, maxMs: parseDuration(max) ?? 0 };
  return {
    placeholder: "duration",
    range: `${min} to ${max}`,
    parse(given) {
      const ms = parseDuration(given);
      const fits = ms !== undefined && ms >= bounds.minMs && ms <= bounds.maxMs;
      return fits ? { value: ms } : { mustBe: `a duration from ${min} to ${max}, such as 250ms, 30s, 5m or 24h` };
    },
  };
}

/** Milliseconds; undefined without one of the units ms, s, m, h, d. */
export function parseDuration(given: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(given);
  const factor = DURATION_UNITS[match?.[2] ?? ""];
  return factor === undefined ? undefined : Math.round(Number(match?.[1]) * factor);
}

/** Formats a duration for `parseDuration`, in the largest unit without a remainder. */
export function durationText(ms: number): string {
  const [unit, factor] = Object.entries(DURATION_UNITS).findLast(([, each]) => ms % each === 0) ?? ["ms", 1];
  return `${ms / factor}${unit}`;
}

/** A size such as 900000, 512KiB, 4MiB → bytes. */
export function bytes(min: string, max: string): Kind<number> {
  const bounds = { min: parseBytes(min) ?? 0, max: parseBytes(max) ?? 0 };
  return {
    placeholder: "bytes",
    range: `${min} to ${max}`,
    parse(given) {
      const value = parseBytes(given);
      const fits = value !== undefined && value >= bounds.min && value <= bounds.max;
      return fits ? { value } : { mustBe: `a number of bytes from ${min} to ${max}, such as 900000, 512KiB or 4MiB` };
    },
  };
}

/** Formats a size for `parseBytes`, in the largest unit without a remainder. */
export function bytesText(value: number): string {
  if (value % BYTE_UNITS["mib"]! === 0) return `${value / BYTE_UNITS["mib"]!}MiB`;
  return value % BYTE_UNITS["kib"]! === 0 ? `${value / BYTE_UNITS["kib"]!}KiB` : String(value);
}

function parseBytes(given: string): number | undefined {
  const match = /^(\d+)(b|kib|mib|)$/i.exec(given);
  const factor = BYTE_UNITS[match?.[2]?.toLowerCase() ?? "?"];
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}

/** RFC 3339 with an offset, or milliseconds since the epoch → milliseconds since the epoch. */
function parseTime(given: string): number | undefined {
  if (/^\d{10,16}$/.test(given)) return Number(given);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i.test(given)) return undefined;
  return parseInstant(given);
}

const TIME_EXAMPLE = "a time such as 2026-01-31T12:00:00Z, or milliseconds since the epoch";

export const time: Kind<number> = {
  placeholder: "time",
  range: "RFC 3339 with offset, or milliseconds",
  parse(given) {
    const value = parseTime(given);
    return value === undefined ? { mustBe: TIME_EXAMPLE } : { value };
  },
};

export const timeOrTip: Kind<number | "tip"> = {
  placeholder: "time",
  range: "RFC 3339 with offset, milliseconds, or tip",
  parse(given) {
    const value = given.toLowerCase() === "tip" ? ("tip" as const) : parseTime(given);
    return value === undefined ? { mustBe: `"tip" or ${TIME_EXAMPLE}` } : { value };
  },
};

/** Sources of credentials for the services of AWS. */
const AWS_CREDENTIALS = "credentials come from AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/**
 * An http(s) address, or one of the given words. An address shows in process lists, logs and submitted jobs, so it
 * holds no user: `instead` says how one is given.
 */
export function endpoint<const W extends readonly string[]>(
  words: W,
  instead: string = AWS_CREDENTIALS,
): Kind<string | W[number]> {
  const named = words.map((word) => `"${word}"`).join(" or ");
  return {
    placeholder: "url",
    range: ["http(s) URL", ...words].join(", "),
    parse(given) {
      if (words.includes(given)) return { value: given };
      const url = URL.canParse(given) ? new URL(given) : undefined;
      const holdsUser = url !== undefined && (url.username !== "" || url.password !== "");
      if (holdsUser) return { mustBe: `an address without user and password (${instead})` };
      const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.search === "";
      return fits
        ? { value: given.replace(/\/+$/, "") }
        : {
            mustBe: `${named === "" ? "" : `${named} or `}an address such as https://example.com, without user or query`,
          };
    },
  };
}

/** True when requests to the address stay on this machine. */
export function isOnThisMachine(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
}

/** A switch: `--sample`, `--no-sample`, or true/false in its environment variable. */
export const onOff: Kind<boolean> = {
  placeholder: undefined,
  range: undefined,
  parse(given) {
    if (/^(true|1|yes|on)$/i.test(given)) return { value: true };
    if (/^(false|0|no|off)$/i.test(given)) return { value: false };
    return { mustBe: "true or false" };
  },
};
