/**
 * A text as detectors read it: digits of all scripts and full-width characters as ASCII, dashes and spaces of all kinds
 * as `-` and space, and nothing of what takes no place on a screen. So nobody needs to know more than ASCII's forms,
 * and a number is found whatever was hidden between its digits.
 */
export interface FoldedText {
  readonly text: string;
  /** Offset in the original text of a character of the folded one. */
  readonly startOf: (index: number) => number;
  /** Offset in the original text behind the character that ends at `index`. */
  readonly endOf: (index: number) => number;
}

const ASCII = /^[\0-\x7f]*$/;
const DIGIT = /\p{Nd}/u;
/** Also the enclosing keycap, which makes an emoji of a digit. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u20e3]/u;
const DASH = /\p{Pd}/u;
const SPACE = /\p{Zs}/u;
const FULL_WIDTH_FIRST = 0xff01;
const FULL_WIDTH_LAST = 0xff5e;
const FULL_WIDTH_OFFSET = 0xfee0;
/** Emoji and symbols, which are frequent and fold to nothing else; digits of their plane stand behind them. */
const EMOJI_FIRST = 0x1f000;
const EMOJI_LAST = 0x1fbef;

/** Values of digits by their code points, so that each is computed once. */
const values = new Map<number, number>();

const same = (index: number): number => index;

/** Folds a text; most are returned as they are. */
export function folded(text: string): FoldedText {
  if (ASCII.test(text) || !changes(text)) return { text, startOf: same, endOf: same };
  const units: string[] = [];
  // One entry for each UTF-16 unit of the folded text.
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!;
    const width = code > 0xffff ? 2 : 1;
    const own = foldedCharacter(code) ?? text.slice(at, at + width);
    for (let unit = 0; unit < own.length; unit++) {
      starts[length] = at + (own.length === width ? unit : 0);
      ends[length] = at + width;
      length++;
    }
    units.push(own);
    at += width;
  }
  return { text: units.join(""), startOf: (index) => starts[index]!, endOf: (index) => ends[index - 1]! };
}

/** Stands for a unit that folds to nothing. */
const NOTHING = 0x10000;
/** The unit that each unit folds to. A table, since a class of so many ranges is slow to match. */
const UNITS = Uint32Array.from({ length: 0x10000 }, (_, unit) => {
  const own = foldedCharacter(unit) ?? String.fromCharCode(unit);
  return own === "" ? NOTHING : own.charCodeAt(0);
});

/** The unit that a unit of the basic plane folds to, which may be itself; undefined when it folds to nothing. */
export function foldedUnit(unit: number): number | undefined {
  const own = UNITS[unit]!;
  return own === NOTHING ? undefined : own;
}

function changes(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (UNITS[unit] !== unit) return true;
    if (unit >= 0xd800 && unit <= 0xdbff && foldedAt(text, at) !== undefined) return true;
  }
  return false;
}

/** Folds the pair of surrogates at this place; undefined when it stays as it is. */
export function foldedAt(text: string, at: number): string | undefined {
  const code = text.codePointAt(at)!;
  return code >= EMOJI_FIRST && code <= EMOJI_LAST ? undefined : foldedCharacter(code);
}

/** Undefined for a character that stays as it is. */
function foldedCharacter(code: number): string | undefined {
  if (code < 0x80) return undefined;
  if (code >= FULL_WIDTH_FIRST && code <= FULL_WIDTH_LAST) return String.fromCharCode(code - FULL_WIDTH_OFFSET);
  const character = String.fromCodePoint(code);
  if (DIGIT.test(character)) return String(digitValue(code));
  if (UNSEEN.test(character)) return "";
  if (DASH.test(character)) return "-";
  return SPACE.test(character) ? " " : undefined;
}

/** Unicode keeps the ten digits of a script in a row, and such rows side by side only as wholes. */
function digitValue(code: number): number {
  const known = values.get(code);
  if (known !== undefined) return known;
  let first = code;
  while (DIGIT.test(String.fromCodePoint(first - 1))) first--;
  const value = (code - first) % 10;
  values.set(code, value);
  return value;
}
