import type { RuleName } from "./entities";

/** A place in a text, in UTF-16 units. */
export interface Span {
  readonly rule: RuleName;
  readonly start: number;
  readonly end: number;
}

/** Finds what it knows in a folded text (see `folded`): in order, without overlaps. */
export type Find = (text: string, settings: { readonly phoneRegion?: string }) => readonly Span[];

/** Digits of ASCII. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Letters and digits of ASCII. */
export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/**
 * Length of what stands between a group of digits that ends at `at` and the next one, of at most `max` such signs; 0
 * where no group follows.
 */
export function gapLength(text: string, at: number, sign: RegExp, max: number): number {
  for (let length = 0; length <= max; length++) {
    if (isDigit(text.charCodeAt(at + length))) return length;
    if (!sign.test(text[at + length] ?? "")) return 0;
  }
  return 0;
}
