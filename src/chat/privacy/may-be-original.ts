/**
 * Tells whether a redacted text was made of another one, whatever was to be redacted then. Pure.
 *
 * 1. All that stands around the marks is the same.
 * 2. In the place of each mark stands a whole value that some set of entities finds there, or another mark: a text
 *    that is nothing but a mark was not made of just any text.
 */
import { type Detect, detectorOf } from "../detectors/detector";
import { ENTITIES, type Entity, RULES, type RuleName } from "../detectors/entities";
import { folded } from "../detectors/fold";
import { ANY, marksIn, withoutKinds } from "./masks";

/** A sensitive value, or a mark, in a text; `entity` is undefined for a mark. */
interface Value {
  readonly start: number;
  readonly end: number;
  readonly entity?: Entity;
}

/** Digits in groups, as any country writes its numbers: the job's `--phone-region` of then is not known. */
const NUMBER = /\d(?:[ \t()./-]{0,3}\d){6,}/g;
const MAX_PHONE_DIGITS = 18;
const MIN_PHONE_DIGITS = 7;
/**
 * Values that are tried in the places of marks: one for each mark is usual, and a text may be made to have thousands.
 */
const MAX_TRIES = 200_000;

/** One for each set of entities. */
let detectors: readonly Detect[] | undefined;

/** True when the redacted text may have been made of the other one. */
export function mayBeOriginal(redacted: string, text: string): boolean {
  const { pieces, kinds } = marksIn(redacted);
  const read = withoutKinds(text);
  if (!isAround(pieces, read)) return false;
  if (kinds.length === 0) return read === pieces[0];
  const valuesAt = valuesIn(read, kinds.includes("phone") || kinds.includes(undefined));
  let reached = new Set([pieces[0]!.length]);
  let tries = 0;
  for (const [place, kind] of kinds.entries()) {
    const piece = pieces[place + 1]!;
    const next = new Set<number>();
    for (const at of reached) {
      for (const { end, entity } of valuesAt(at)) {
        tries++;
        const isFit = kind === undefined || entity === undefined || entity === kind;
        if (isFit && read.startsWith(piece, end)) next.add(end + piece.length);
      }
    }
    // So many marks stand in the same places of both texts; a value must not come back for being hard to tell.
    if (tries > MAX_TRIES) return true;
    reached = next;
  }
  return reached.has(read.length);
}

/** True when the pieces stand in the text in this order: cheap, and seldom true of other texts. */
function isAround(pieces: readonly string[], read: string): boolean {
  let at = 0;
  for (const [place, piece] of pieces.entries()) {
    const found = place === 0 ? (read.startsWith(piece) ? 0 : -1) : read.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return read.endsWith(pieces.at(-1)!);
}

/** All that could have been redacted in the text, and its marks, by where they begin. */
function valuesIn(text: string, hasPhones: boolean): (start: number) => readonly Value[] {
  detectors ??= subsetsOf(ENTITIES).map((entities) => detectorOf({ entities }));
  const found = detectors
    .flatMap((detect) => detect(text))
    .map(({ rule, start, end }): Value => ({ start, end, entity: RULES[rule as RuleName].entity }));
  const marks = [...text.matchAll(/\[PII\]/g)].map(({ index }): Value => ({ start: index, end: index + ANY.length }));
  const values = new Map<number, Value[]>();
  for (const value of [...found, ...marks]) {
    const own = values.get(value.start) ?? [];
    const isKnown = own.some(({ end, entity }) => end === value.end && entity === value.entity);
    if (!isKnown) values.set(value.start, [...own, value]);
  }
  const numbersAt = hasPhones ? numbersIn(text) : () => [];
  return (start) => [...(values.get(start) ?? []), ...numbersAt(start)];
}

/** Whatever may be a phone number in its country: each run of whole groups of digits. */
function numbersIn(text: string): (start: number) => readonly Value[] {
  const read = folded(text);
  const groups: { readonly end: number; readonly digits: number; readonly isLast: boolean }[] = [];
  const firsts = new Map<number, number>();
  for (const { 0: run, index } of read.text.matchAll(NUMBER)) {
    for (const { 0: own, index: within } of run.matchAll(/\d+/g)) {
      const isLast = within + own.length === run.length;
      for (const before of beginnings(read.text, index + within)) firsts.set(read.startOf(before), groups.length);
      groups.push({ end: index + within + own.length, digits: own.length, isLast });
    }
  }
  return (start) => {
    const values: Value[] = [];
    let digits = 0;
    for (let at = firsts.get(start) ?? groups.length; at < groups.length; at++) {
      const { end, digits: own, isLast } = groups[at]!;
      digits += own;
      if (digits > MAX_PHONE_DIGITS) break;
      if (digits >= MIN_PHONE_DIGITS) values.push({ start, end: read.endOf(end), entity: "phone" });
      if (isLast) break;
    }
    return values;
  };
}

/** The group, and the brackets and plus signs before it. */
function beginnings(text: string, start: number): readonly number[] {
  const found = [start];
  for (let at = start - 1; /[+(]/.test(text[at] ?? "") && found.length < 3; at--) found.push(at);
  return found;
}

function subsetsOf(entities: readonly Entity[]): readonly (readonly Entity[])[] {
  const [first, ...others] = entities;
  if (first === undefined) return [];
  const without = subsetsOf(others);
  return [[first], ...without, ...without.map((own) => [first, ...own])];
}
