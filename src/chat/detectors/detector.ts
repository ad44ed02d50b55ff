/**
 * Finds personal data and secrets in texts.
 *
 * 1. The time is linear in the text's length, whatever stands in it. Costly checks are counted; beyond their bound what
 *    has the right form is a finding without them.
 * 2. A text has the same findings at each time and place: they depend on the text and the settings alone.
 * 3. Findings do not overlap. Where two rules would take the same characters, the stronger evidence has them.
 */
import { findCards } from "./card";
import { findCredentials } from "./credential";
import { findEmails } from "./email";
import { ENTITIES, type Entity, type RuleName, RULES, type Severity } from "./entities";
import { folded } from "./fold";
import { findIbans } from "./iban";
import { findPhones } from "./phone";
import { look, mayHold, neededFor } from "./prefilter";
import type { Find, Span } from "./span";

/** `start` and `end` are UTF-16 offsets into the text. */
export interface Finding {
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly start: number;
  readonly end: number;
}

/** The findings of a text in their order. */
export type Detect = (text: string) => readonly Finding[];

export interface DetectorSettings {
  readonly entities: readonly Entity[];
  /** Country, as ISO 3166 has it, whose phone numbers may lack the country code; missing: none may. */
  readonly phoneRegion?: string;
}

const NONE: readonly Finding[] = Object.freeze([]);

/** In order of evidence: a key contains digits that look like a number, and a card number looks like a phone's. */
const FIND: Readonly<Record<Entity, Find>> = {
  credential: findCredentials,
  email: findEmails,
  iban: findIbans,
  card: findCards,
  phone: findPhones,
};
const ORDER = Object.keys(FIND) as readonly Entity[];

/** The detector of some entities. A text without any finding gives one shared empty list. */
export function detectorOf(settings: DetectorSettings): Detect {
  const entities = ORDER.filter((entity) => settings.entities.includes(entity));
  const needed = neededFor(entities);
  return (text) => {
    const seen = look(text);
    if ((seen & needed) === 0) return NONE;
    const read = folded(text);
    let left = read.text;
    const found: Finding[] = [];
    for (const entity of entities) {
      if (!mayHold(entity, left, seen)) continue;
      const spans = FIND[entity](left, settings);
      if (spans.length === 0) continue;
      for (const { rule, start, end } of spans) {
        found.push({ ...describe(rule), start: read.startOf(start), end: read.endOf(end) });
      }
      left = without(left, spans);
    }
    return found.length === 0 ? NONE : found.sort((a, b) => a.start - b.start);
  };
}

function describe(rule: RuleName): Pick<Finding, "rule" | "kind" | "severity"> {
  const { kind, severity } = RULES[rule];
  return { rule, kind, severity };
}

/** The text with blanks of the same length in the place of what was found. */
function without(text: string, spans: readonly Span[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(from, start), "\0".repeat(end - start));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

/** Findings of these rules whose place is gone: their text was redacted. */
export function redactedFindings(rules: readonly string[], { entities }: DetectorSettings): readonly Finding[] {
  const known = rules.filter((rule): rule is RuleName => Object.hasOwn(RULES, rule));
  const wanted = known.filter((rule) => entities.includes(RULES[rule].entity));
  return wanted.map((rule) => ({ ...describe(rule), start: 0, end: 0 }));
}

export { ENTITIES, type Entity, type Severity };
