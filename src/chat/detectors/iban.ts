import { countrySpecs, isValidIBAN } from "ibantools";
import { type Find, isAlphanumeric, type Span } from "./span";

/** Country and check digits where a word begins. */
const BEGIN = /(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z0-9]{2})/g;
/** Characters between two groups. */
const MAX_GAP = 2;

/** International bank account numbers: a country's length and form, and the check digits; as one word or in groups. */
export const findIbans: Find = (text) => {
  const found: Span[] = [];
  let behind = 0;
  for (const { index, 0: begin } of text.matchAll(BEGIN)) {
    if (index < behind) continue;
    const spec = countrySpecs[begin.slice(0, 2).toUpperCase()];
    if (typeof spec?.chars !== "number" || spec.IBANRegistry !== true) continue;
    const end = endOf(text, index, spec.chars);
    if (end === undefined || isAlphanumeric(text.charCodeAt(end))) continue;
    if (!isValidIBAN(text.slice(index, end).replace(/[ -]/g, "").toUpperCase())) continue;
    found.push({ rule: "iban", start: index, end });
    behind = end;
  }
  return found;
};

/** The end of so many letters and digits. */
function endOf(text: string, start: number, length: number): number | undefined {
  let gap = 0;
  for (let at = start, taken = 0; at < text.length; at++) {
    if (isAlphanumeric(text.charCodeAt(at))) {
      gap = 0;
      if (++taken === length) return at + 1;
    } else if (!/[ -]/.test(text[at]!) || ++gap > MAX_GAP) return undefined;
  }
  return undefined;
}
