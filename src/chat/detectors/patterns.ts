/**
 * Patterns that users write, by an engine whose time is proportional to the text. JavaScript's own engine backtracks: a
 * pattern such as `(a+)+$` could halt a worker on one message, and no check of a pattern proves that it cannot.
 */
import { RE2JS } from "re2js";
import type { Detect, Finding, Severity } from "./detector";

export interface PatternRule {
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  /** RE2 syntax; case counts only with `(?-i)`. */
  readonly pattern: string;
}

const MAX_FINDINGS = 16;
const NONE: readonly Finding[] = Object.freeze([]);

/** A detector of one pattern. Throws what `compiled` throws. */
export function patternDetector({ rule, kind, severity, pattern }: PatternRule): Detect {
  const machine = compiled(pattern);
  return (text) => {
    const matcher = machine.matcher(text);
    if (!matcher.find()) return NONE;
    const found: Finding[] = [];
    do {
      if (matcher.end() > matcher.start())
        found.push({ rule, kind, severity, start: matcher.start(), end: matcher.end() });
    } while (found.length < MAX_FINDINGS && matcher.find());
    return found.length === 0 ? NONE : found;
  };
}

/** Throws an error whose message says what RE2 does not know. */
export function compiled(pattern: string): RE2JS {
  return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
}
