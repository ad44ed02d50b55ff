import { findPasswords } from "./password";
import type { RuleName } from "./entities";
import type { Find, Span } from "./span";

/** Forms that issuers document. Loops are bounded, and `extended` takes what goes on behind the bound. */
const FORMS: readonly (readonly [rule: RuleName, form: RegExp])[] = [
  ["aws_access_key", /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g],
  // JSON Web Tokens: the header begins with `{"`.
  ["token", /(?<![\w-])eyJ[\w-]{8,2048}\.[\w-]{8,2048}(?:\.[\w-]{0,2048}){0,3}/g],
  ["token", /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255})/g],
  ["token", /(?<![\w-])xox[abeoprs]-[\w-]{10,255}/g],
  ["token", /(?<![\w-])(?:[srp]k_(?:live|test)_[A-Za-z0-9]{10,255}|sk-[\w-]{20,255})/g],
  ["token", /(?<![\w-])(?:AIza[\w-]{35}|SG\.[\w-]{16,64}\.[\w-]{16,128}|npm_[A-Za-z0-9]{30,64})/g],
  ["token", /(?<![\w-])(?:hf_[A-Za-z0-9]{30,64}|dop_v1_[a-f0-9]{32,128})/g],
  // A word of letters alone may follow "bearer" in prose.
  ["token", /(?<![\p{L}\p{N}])bearer[ \t]{1,4}(?=[\w.~+/=-]{0,64}\d)[\w.~+/=-]{12,2048}/giu],
  ["password", /(?<=:\/\/[^\s/:@]{0,64}:)[^\s/@]{1,255}(?=@)/g],
];
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_END = /-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----/g;
const GOES_ON = /[\w-]/;

/** Keys, tokens and passwords. */
export const findCredentials: Find = (text) => {
  const found = [...findPrivateKeys(text), ...FORMS.flatMap(([rule, form]) => matches(text, rule, form))];
  return apart([...found, ...findPasswords(text)]);
};

function matches(text: string, rule: RuleName, form: RegExp): readonly Span[] {
  const found: Span[] = [];
  let behind = 0;
  for (const {
    index,
    0: { length },
  } of text.matchAll(form)) {
    // A match within the last one is a part of it; searching from each anew would take the square of the time.
    if (index + length <= behind) continue;
    behind = extended(text, index + length);
    found.push({ rule, start: index, end: behind });
  }
  return found;
}

function extended(text: string, from: number): number {
  let end = from;
  while (end < text.length && GOES_ON.test(text[end]!)) end++;
  return end;
}

/** A block whose end is missing goes on to the end of the text. */
function findPrivateKeys(text: string): readonly Span[] {
  const found: Span[] = [];
  let behind = 0;
  for (const { index } of text.matchAll(KEY_BEGIN)) {
    if (index < behind) continue;
    KEY_END.lastIndex = index;
    behind = KEY_END.exec(text) === null ? text.length : KEY_END.lastIndex;
    found.push({ rule: "private_key", start: index, end: behind });
  }
  return found;
}

/** Sorts spans, and joins overlapping ones under the rule of the first. */
function apart(spans: readonly Span[]): readonly Span[] {
  const ordered = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  for (const span of ordered) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else if (span.end > last.end) merged[merged.length - 1] = { ...last, end: span.end };
  }
  return merged;
}
