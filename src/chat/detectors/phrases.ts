/**
 * Finds many phrases in one pass over a text, in time proportional to its length (Aho-Corasick).
 *
 * 1. Upper and lower case, Latin letters with and without marks, kinds of apostrophes, and runs of white space are the
 *    same.
 * 2. A phrase stands by itself: no letter or digit touches it, except in scripts that put no spaces between words.
 * 3. A text without a hit costs one look into two tables for each UTF-16 unit.
 */
import type { Detect, Finding, Severity } from "./detector";

export interface PhraseRule {
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly words: readonly string[];
}

/** A text and a phrase are compared by these: one unit for each class of units that are the same. */
const SPACE = 0x20;
const APOSTROPHES = "’‘ʼ´`＇";
const WORD = /[\p{L}\p{M}\p{N}]/u;
/** Scripts whose words touch one another. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const FOLDED = foldTable();
const NONE: readonly Finding[] = Object.freeze([]);

interface Phrase {
  readonly rule: PhraseRule;
  /** Units as they are compared. */
  readonly length: number;
  readonly isBounded: boolean;
}

/** A detector of the phrases of these rules; a rule is found once for each place. */
export function phraseDetector(rules: readonly PhraseRule[]): Detect {
  const phrases = rules.flatMap((rule) => rule.words.map((word) => ({ rule, units: foldedUnits(word) })));
  const machine = build(phrases.filter(({ units }) => units.length > 0));
  if (machine === undefined) return () => NONE;
  const { classes, classCount, steps, outputs } = machine;
  return (text) => {
    let found: Finding[] | undefined;
    let state = 0;
    let wasSpace = false;
    for (let at = 0; at < text.length; at++) {
      const unit = FOLDED[text.charCodeAt(at)]!;
      const isSpace = unit === SPACE;
      if (isSpace && wasSpace) continue;
      wasSpace = isSpace;
      state = steps[state * classCount + classes[unit]!]!;
      const ended = outputs[state];
      if (ended === undefined) continue;
      for (const phrase of ended) {
        const start = startOf(text, at, phrase.length);
        if (phrase.isBounded && (touches(text, start - 1) || touches(text, at + 1))) continue;
        const { rule, kind, severity } = phrase.rule;
        (found ??= []).push({ rule, kind, severity, start, end: at + 1 });
      }
    }
    return found ?? NONE;
  };
}

interface Machine {
  /** Class of each unit; 0 for units of no phrase. */
  readonly classes: Uint16Array;
  readonly classCount: number;
  /** The next state for each state and class. */
  readonly steps: Uint32Array;
  /** Phrases that end in a state. */
  readonly outputs: readonly (readonly Phrase[] | undefined)[];
}

function build(
  phrases: readonly { readonly rule: PhraseRule; readonly units: readonly number[] }[],
): Machine | undefined {
  if (phrases.length === 0) return undefined;
  const classes = new Uint16Array(65_536);
  let classCount = 1;
  for (const { units } of phrases) for (const unit of units) if (classes[unit] === 0) classes[unit] = classCount++;
  const children = [new Map<number, number>()];
  const outputs: (Phrase[] | undefined)[] = [undefined];
  for (const { rule, units } of phrases) {
    let state = 0;
    for (const unit of units) {
      const step = classes[unit]!;
      let next = children[state]!.get(step);
      if (next === undefined) {
        next = children.length;
        children.push(new Map());
        outputs.push(undefined);
        children[state]!.set(step, next);
      }
      state = next;
    }
    const isBounded = !UNSPACED.test(String.fromCharCode(...units));
    (outputs[state] ??= []).push({ rule, length: units.length, isBounded });
  }
  return { classes, classCount, steps: completed(children, outputs, classCount), outputs };
}

/** Fills in the steps that fall back to a shorter phrase's beginning, level by level. */
function completed(
  children: readonly ReadonlyMap<number, number>[],
  outputs: (Phrase[] | undefined)[],
  classCount: number,
): Uint32Array {
  const steps = new Uint32Array(children.length * classCount);
  const fallback = new Uint32Array(children.length);
  const level = [0];
  for (const state of level) {
    for (let step = 1; step < classCount; step++) {
      const child = children[state]!.get(step);
      const other = state === 0 ? 0 : steps[fallback[state]! * classCount + step]!;
      steps[state * classCount + step] = child ?? other;
      if (child === undefined) continue;
      fallback[child] = other;
      const inherited = outputs[other];
      if (inherited !== undefined) outputs[child] = [...(outputs[child] ?? []), ...inherited];
      level.push(child);
    }
  }
  return steps;
}

/** Where the phrase of so many compared units begins that ends at `end`. */
function startOf(text: string, end: number, length: number): number {
  let at = end;
  for (let left = length - 1; left > 0; left--) {
    at--;
    if (FOLDED[text.charCodeAt(at)] === SPACE) while (at > 0 && FOLDED[text.charCodeAt(at - 1)] === SPACE) at--;
  }
  return at;
}

/** A surrogate counts as part of a word when its half of a letter could be one; emoji do not. */
function touches(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  return WORD.test(text[at]!);
}

function foldedUnits(phrase: string): number[] {
  const units: number[] = [];
  for (const unit of phrase
    .normalize()
    .trim()
    .split("")
    .map((each) => FOLDED[each.charCodeAt(0)]!)) {
    if (unit !== SPACE || units.at(-1) !== SPACE) units.push(unit);
  }
  return units;
}

function foldTable(): Uint16Array {
  const table = new Uint16Array(65_536);
  for (let unit = 0; unit < table.length; unit++) table[unit] = unit;
  // Beyond these blocks there is no case, or marks are letters of their own.
  for (let unit = 0; unit < 0x2_000; unit++) {
    const character = String.fromCharCode(unit);
    const lower = character.toLowerCase();
    const isLatin = unit < 0x250 || unit >= 0x1e_00;
    const base = isLatin ? lower.normalize("NFD")[0]! : lower;
    if (lower.length === 1) table[unit] = base.charCodeAt(0);
    if (/\s/.test(character)) table[unit] = SPACE;
  }
  for (const apostrophe of APOSTROPHES) table[apostrophe.charCodeAt(0)] = "'".charCodeAt(0);
  for (const space of "\u2028\u2029\u202f\u205f\u3000") table[space.charCodeAt(0)] = SPACE;
  for (let unit = 0x2_000; unit <= 0x20_0a; unit++) table[unit] = SPACE;
  return table;
}
