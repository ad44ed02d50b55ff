import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { type Find, gapLength, isDigit, type Span } from "./span";

/** ITU-T E.164 allows 15 digits; `00` and a trunk prefix in brackets may be written beside them. */
const MAX_DIGITS = 18;
const MIN_DIGITS = 7;
/** Characters between two groups of digits, as in `) - `. */
const MAX_GAP = 3;
/** Each takes 10 µs; beyond them the form alone decides. */
const MAX_CHECKS = 1_000;
const GAP = /[ \t()./-]/;
/** A number that is glued to a word is part of a name: of an order, a file, a product; or a part of a longer number. */
const GLUED = /(?:[\p{L}\p{N}#_]|\d\.)$/u;
/** ISO dates, and those of Europe and America. */
const DATE =
  /^(?:(?:19|20)\d\d([-./ ]?)[01]\d\1[0-3]\d(?!\d)|(?:[0-3]?\d)([-./])(?:[0-3]?\d)\2(?:19|20)?\d\d(?!\2?\d))/;
const IP_ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const FRACTION = /^\d+\.\d+$/;
/** Words, of many languages, before numbers of orders and the like. */
const NUMBERED =
  /(?:#|№|\b(?:no|nr|num|id|ref)\b|\bord(?:er|re|ine|em)|bestell|auftrag|rechnung|vorgang|kunden|sendung|commande|facture|pedido|factura|ticket|invoice|tracking|reference|referen|booking|customer|account|case|serial|ordin|fattura|zam[oó]wieni|faktur|sipari|заказ|счет|счёт|номер заказа|طلب|注文|订单|訂單|单号|주문)[^\p{N}]{0,16}$/iu;
const LOOK_BACK = 40;

/**
 * Phone numbers that are assigned, with their country code, or as `phoneRegion` writes them. Numbers of orders, dates
 * and addresses of computers have their form, too, so a number without a country code needs the trunk prefix `0` where
 * the region has one, and no word before it that says what it counts.
 */
export const findPhones: Find = (text, { phoneRegion }) => {
  const found: Span[] = [];
  let checks = 0;
  const isPhone = (written: string): boolean => ++checks > MAX_CHECKS || isAssigned(written, phoneRegion);
  for (let at = 0; at < text.length;) {
    const start = numberStart(text, at);
    if (start === undefined) {
      at++;
      continue;
    }
    const end = longest(text, start, phoneRegion !== undefined, isPhone);
    if (end !== undefined) found.push({ rule: "phone", start, end });
    at = end ?? groupEnd(text, start);
  }
  return found;
};

/** The number that begins at `at`, with its bracket or plus sign; undefined where none can begin. */
function numberStart(text: string, at: number): number | undefined {
  const first = text[at]!;
  if (first === "+" || first === "(")
    return isDigit(text.charCodeAt(at + 1)) || first + text[at + 1] === "(+" ? at : undefined;
  return isDigit(text.charCodeAt(at)) ? at : undefined;
}

function groupEnd(text: string, start: number): number {
  let end = start;
  while (/[+(]/.test(text[end] ?? "")) end++;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** The end of the longest phone number that begins here and ends with a group. */
function longest(
  text: string,
  start: number,
  hasRegion: boolean,
  isPhone: (written: string) => boolean,
): number | undefined {
  const begin = text.slice(start, start + 4);
  const isInternational = /^\(?(?:\+|00)/.test(begin);
  if (!isInternational && !hasRegion) return undefined;
  if (!begin.startsWith("+") && GLUED.test(text.slice(Math.max(0, start - 2), start))) return undefined;
  const ends = groupEnds(text, start);
  if (ends.length === 0 || (!isInternational && countsSomething(text, start, ends.at(-1)!))) return undefined;
  return ends.reverse().find((end) => isPhone(text.slice(start, end)));
}

/** Ends of the groups at which a phone number may end. */
function groupEnds(text: string, start: number): number[] {
  const ends: number[] = [];
  let digits = 0;
  let at = start;
  while (/[+(]/.test(text[at] ?? "")) at++;
  while (digits <= MAX_DIGITS) {
    while (isDigit(text.charCodeAt(at)) && digits <= MAX_DIGITS) {
      at++;
      digits++;
    }
    if (digits > MAX_DIGITS) break;
    if (digits >= MIN_DIGITS && !/[\p{L}_]/u.test(text[at] ?? "")) ends.push(at);
    const gap = gapLength(text, at, GAP, MAX_GAP);
    if (gap === 0) break;
    at += gap;
  }
  return ends;
}

function countsSomething(text: string, start: number, end: number): boolean {
  const written = text.slice(start, end);
  if (DATE.test(written) || IP_ADDRESS.test(written) || FRACTION.test(written)) return true;
  return NUMBERED.test(text.slice(Math.max(0, start - LOOK_BACK), start));
}

function isAssigned(written: string, phoneRegion: string | undefined): boolean {
  const dialled = written.replace(/^\(?00/, "+");
  const number = parsePhoneNumberFromString(dialled, {
    ...(phoneRegion === undefined ? {} : { defaultCountry: phoneRegion as CountryCode }),
    extract: false,
  });
  if (number === undefined || !number.isValid()) return false;
  if (/^\(?\+/.test(dialled)) return true;
  return !number.formatNational().startsWith("0") || /^\(?0/.test(dialled);
}
