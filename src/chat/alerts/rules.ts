/** Rules of the message lane: plain data, which travels with the stage. */
import {
  type Detect,
  type DetectorSettings,
  detectorOf,
  ENTITIES,
  type Entity,
  type Finding,
  redactedFindings,
} from "../detectors/detector";
import type { ChatMessage } from "../model";
import type { RedactionSettings } from "../privacy/settings";
import { type PatternRule, patternDetector } from "../detectors/patterns";
import { type PhraseRule, phraseDetector } from "../detectors/phrases";
import { WORD_RULES } from "../detectors/words";

export interface AlertRules {
  /** Undefined: no entities. */
  readonly entities?: DetectorSettings;
  /** True with the built-in words of self-harm and threat. */
  readonly hasBuiltInWords: boolean;
  readonly phrases: readonly PhraseRule[];
  readonly patterns: readonly PatternRule[];
  /** Names of rules that are left out. */
  readonly off: readonly string[];
}

export const BUILT_IN_RULES: AlertRules = {
  entities: { entities: ENTITIES },
  hasBuiltInWords: true,
  phrases: [],
  patterns: [],
  off: [],
};

const NONE: readonly Finding[] = Object.freeze([]);

/**
 * One detector of all rules, but for entities that `redaction` has looked for in each text before: see `redactedIn`.
 */
export function ruleDetectorOf(rules: AlertRules, redaction?: RedactionSettings): Detect {
  const { hasBuiltInWords, phrases, patterns, off } = rules;
  const entities = entitiesLeft(rules, redaction);
  const isOn = ({ rule }: { readonly rule: string }): boolean => !off.includes(rule);
  const words = [...(hasBuiltInWords ? WORD_RULES : []), ...phrases].filter(isOn);
  const detect = combined([
    ...(entities === undefined ? [] : [detectorOf(entities)]),
    ...(words.length === 0 ? [] : [phraseDetector(words)]),
    ...patterns.filter(isOn).map(patternDetector),
  ]);
  if (off.length === 0) return detect;
  return (text) => {
    const found = detect(text);
    return found.length === 0 ? found : found.filter(isOn);
  };
}

function entitiesLeft({ entities: wanted }: AlertRules, redaction?: RedactionSettings): DetectorSettings | undefined {
  if (wanted === undefined || redaction === undefined || redaction.where === "model") return wanted;
  const { phoneRegion } = wanted;
  const isDone = (entity: Entity): boolean =>
    redaction.entities.includes(entity) &&
    (entity !== "phone" || phoneRegion === undefined || phoneRegion === redaction.phoneRegion);
  const left = wanted.entities.filter((entity) => !isDone(entity));
  return left.length === 0 ? undefined : { ...wanted, entities: left };
}

/** Findings of what was redacted before; none of rules that are off. */
export function redactedIn({ redacted }: Pick<ChatMessage, "redacted">, rules: AlertRules): readonly Finding[] {
  if (redacted === undefined || rules.entities === undefined) return NONE;
  return redactedFindings(redacted, rules.entities).filter(({ rule }) => !rules.off.includes(rule));
}

function combined(detectors: readonly Detect[]): Detect {
  return (text) => {
    let all = NONE;
    for (const detect of detectors) {
      const found = detect(text);
      if (found.length > 0) all = all.length === 0 ? found : [...all, ...found];
    }
    return all;
  };
}
