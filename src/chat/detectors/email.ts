import type { Find, Span } from "./span";

/** RFC 5321, section 4.5.3.1. */
const MAX_LOCAL_LENGTH = 64;
const MAX_DOMAIN_LENGTH = 255;
const AT = "@";
/** A letter of the local part or domain that writes no spaces would take the words before it along. */
const LATIN = /[A-Za-z0-9\u00c0-\u024f\u1e00-\u1eff]|[\u0300-\u036f]/;
const ANY = /[\p{L}\p{N}\p{M}]/u;
const LOCAL_SIGN = /[.!#$%&'*+/=?^_`{|}~-]/;
const TOP_LEVEL = /\.(?:xn--[A-Za-z0-9]{2,59}|[\p{L}\p{M}]{2,63})/uy;

/** E-mail addresses: as RFC 5321 has them, without quotes, and with the letters of RFC 6531. */
export const findEmails: Find = (text) => {
  const found: Span[] = [];
  let behind = 0;
  for (let at = text.indexOf(AT); at !== -1; at = text.indexOf(AT, at + 1)) {
    const start = localStart(text, at, behind);
    if (start === at) continue;
    const end = domainEnd(text, at + 1);
    if (end === undefined) continue;
    found.push({ rule: "email", start, end });
    behind = end;
  }
  return found;
};

function localStart(text: string, at: number, behind: number): number {
  const first = Math.max(behind, at - MAX_LOCAL_LENGTH);
  const letter = LATIN.test(text[at - 1] ?? "") ? LATIN : ANY;
  let start = at;
  while (start > first && (letter.test(text[start - 1]!) || LOCAL_SIGN.test(text[start - 1]!))) start--;
  // Quotes and brackets around an address are no part of it, nor is the path or the `mailto:` before it.
  while (start < at && !ANY.test(text[start]!) && !/[_+]/.test(text[start]!)) start++;
  return start;
}

/** Undefined where no domain with a top-level one begins. */
function domainEnd(text: string, from: number): number | undefined {
  const last = Math.min(text.length, from + MAX_DOMAIN_LENGTH);
  const letter = LATIN.test(text[from] ?? "") ? LATIN : ANY;
  let end = from;
  while (end < last && (letter.test(text[end]!) || text[end] === "." || text[end] === "-")) end++;
  const domain = text.slice(from, end);
  if (domain.startsWith(".") || domain.includes("..")) return undefined;
  // A word that a full stop joins to the address is taken with it: it cannot be told from a part of the domain.
  for (let dot = domain.lastIndexOf("."); dot > 0; dot = domain.lastIndexOf(".", dot - 1)) {
    TOP_LEVEL.lastIndex = dot;
    if (TOP_LEVEL.test(domain)) return from + TOP_LEVEL.lastIndex;
  }
  return undefined;
}
