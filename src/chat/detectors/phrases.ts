/**
 * Finds phrases in a text.
 *
 * 1. They are compared by `COMPARED`, and runs of white space are one space.
 * 2. A phrase stands by itself: no letter or digit touches it, except in scripts that put no spaces between words.
 * 3. A text without a hit costs one look into two tables for each UTF-16 unit.
 */
import type { Detect, Finding, Severity } from "./detector";
import { wordMachine } from "./word-machine";
import { COMPARED, comparedUnits, SPACE } from "./word-units";

export interface PhraseRule {
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly words: readonly string[];
}

const WORD = /[\p{L}\p{M}\p{N}]/u;
/** Scripts whose words touch one another. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const NONE: readonly Finding[] = Object.freeze([]);

/** A detector of the phrases of these rules; a rule is found once for each place. */
export function phraseDetector(rules: readonly PhraseRule[]): Detect {
  const phrases = rules.flatMap((rule) =>
    rule.words.map((word) => {
      const units = comparedUnits(word);
      return { rule, units, isBounded: !UNSPACED.test(String.fromCharCode(...units)) };
    }),
  );
  const machine = wordMachine(phrases.filter(({ units }) => units.length > 0));
  const { classes, steps } = machine;
  const classOf = COMPARED.map((unit) => classes[unit]!);
  // Without one in any phrase, spaces are units like others that stand in none.
  const space = classOf[SPACE]!;
  return (text) => {
    let found: Finding[] | undefined;
    let state = 0;
    let before = -1;
    for (let at = 0; at < text.length; at++) {
      const own = classOf[text.charCodeAt(at)]!;
      if (own === space && before === space) continue;
      before = own;
      state = steps[state + own]!;
      if (state >= 0) continue;
      state = ~state;
      for (const { rule: source, units, isBounded } of machine.ended(state)) {
        const start = startOf(text, at, units.length);
        if (isBounded && (touches(text, start - 1) || touches(text, at + 1))) continue;
        const { rule, kind, severity } = source;
        (found ??= []).push({ rule, kind, severity, start, end: at + 1 });
      }
    }
    return found ?? NONE;
  };
}

/** Where the phrase of so many compared units begins that ends at `end`. */
function startOf(text: string, end: number, length: number): number {
  let at = end;
  for (let left = length - 1; left > 0; left--) {
    at--;
    if (COMPARED[text.charCodeAt(at)] === SPACE) while (at > 0 && COMPARED[text.charCodeAt(at - 1)] === SPACE) at--;
  }
  return at;
}

/** A surrogate counts as part of a word when its half of a letter could be one; emoji do not. */
function touches(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  return WORD.test(text[at]!);
}
