/**
 * An escape, which stands in strings only; a quote; or a number of so many characters that a double may not hold it.
 */
const TOKEN = /\\.|"|-?\d[\d.eE+-]{15,}/g;
const INTEGER = /^-?\d+$/;

/** True for a number that `JSON.parse` may have rounded, so that two numbers became one. */
export function isRounded(value: unknown): boolean {
  return (
    typeof value === "number" && (Number.isInteger(value) || !Number.isFinite(value)) && !Number.isSafeInteger(value)
  );
}

/**
 * As `JSON.parse`, but gives whole numbers of 16 digits and more as strings of their digits. It knows valid JSON only.
 * Numbers with a fraction or an exponent stay numbers: whoever wrote those had rounded them before.
 */
export function parseLongIntegers(json: string): unknown {
  let isInString = false;
  const quoted = json.replace(TOKEN, (token) => {
    if (token === '"') isInString = !isInString;
    return isInString || !INTEGER.test(token) ? token : `"${token}"`;
  });
  return JSON.parse(quoted);
}

/** As `JSON.parse`, and as `parseLongIntegers` where it matters, which costs twice as much. */
export function parseKeepingDigits(json: string): unknown {
  const value = JSON.parse(json) as unknown;
  return /\d{16}/.test(json) ? parseLongIntegers(json) : value;
}
