import { number as cardOf } from "card-validator";
import { passesLuhn } from "./luhn";
import { type Find, gapLength, isDigit, type Span } from "./span";

/** ISO/IEC 7812-1: at most 19 digits; Maestro has the fewest. */
const MIN_DIGITS = 12;
const MAX_DIGITS = 19;
/** Characters between two groups of digits. */
const MAX_GAP = 3;
const GAP = /[ \t.-]/;
/** No brand begins otherwise. */
const FIRST_DIGIT = /[2-69]/;
/** Each takes 10 µs; beyond them the check digit alone decides. */
const MAX_BRAND_CHECKS = 2_000;

/** Payment cards: a brand's prefix and length, and the check digit; digits in groups with spaces, dashes or dots. */
export const findCards: Find = (text) => {
  const found: Span[] = [];
  let brandChecks = 0;
  const isCard = (digits: string): boolean => {
    if (!passesLuhn(digits)) return false;
    return ++brandChecks > MAX_BRAND_CHECKS || cardOf(digits, { luhnValidateUnionPay: true }).isValid;
  };
  for (let at = 0; at < text.length;) {
    if (!isDigit(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const end = mayBegin(text, at) ? longest(text, at, isCard) : undefined;
    if (end !== undefined) found.push({ rule: "card", start: at, end });
    at = end ?? groupEnd(text, at);
  }
  return found;
};

/** False for a country code, and for the fraction of a number. */
function mayBegin(text: string, start: number): boolean {
  if (!FIRST_DIGIT.test(text[start]!) || text[start - 1] === "+") return false;
  return !(/[.,]/.test(text[start - 1] ?? "") && isDigit(text.charCodeAt(start - 2)));
}

function groupEnd(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** The end of the longest card number that begins here and ends with a group. */
function longest(text: string, start: number, isCard: (digits: string) => boolean): number | undefined {
  const candidates: { readonly digits: string; readonly end: number }[] = [];
  let digits = "";
  let at = start;
  while (digits.length <= MAX_DIGITS) {
    // A group that is longer than any card ends the search before it is read to its end.
    const from = at;
    while (isDigit(text.charCodeAt(at)) && at - from <= MAX_DIGITS) at++;
    digits += text.slice(from, at);
    if (digits.length >= MIN_DIGITS && digits.length <= MAX_DIGITS) candidates.push({ digits, end: at });
    const gap = gapLength(text, at, GAP, MAX_GAP);
    if (gap === 0) break;
    at += gap;
  }
  return candidates.reverse().find((candidate) => isCard(candidate.digits))?.end;
}
