/**
 * The rules of Beam's model that this project relies on, as tests of any runner, in the spirit of Beam's ValidatesRunner.
 *
 * 1. Rules know of a runner only what src/beam/runner.ts says, and see elements only in files that DoFns write.
 * 2. A rule's title states it; a rule that a runner cannot keep is shown as skipped, with the runner's reason.
 */
import type { Skips } from "./capabilities";
import { asyncRules } from "./rules/async";
import { combineRules } from "./rules/combine";
import { createRules } from "./rules/create";
import { endingRules } from "./rules/ending";
import { errorRules } from "./rules/errors";
import { flattenRules } from "./rules/flatten";
import { groupByKeyRules } from "./rules/group-by-key";
import { lateDataRules } from "./rules/late-data";
import { mistakeRules } from "./rules/mistakes";
import { metricRules } from "./rules/metrics";
import { pardoRules } from "./rules/pardo";
import { sessionFragmentRules } from "./rules/session-fragments";
import { sessionRules } from "./rules/sessions";
import { sideInputRules } from "./rules/side-inputs";
import { splittableRules } from "./rules/splittable";
import { timestampRules } from "./rules/timestamps";
import { triggerRules } from "./rules/triggers";
import { watermarkRules } from "./rules/watermarks";
import { windowRules } from "./rules/windows";
import { type Rule, type RuleOptions, ruleFor, type RunnerFactory } from "./support/rule";

type Rules = (rule: Rule, options: RuleOptions) => void;

const RULES = {
  /** What becomes of elements, whenever they are. */
  elements: [
    createRules,
    pardoRules,
    groupByKeyRules,
    combineRules,
    sideInputRules,
    flattenRules,
    splittableRules,
    asyncRules,
    errorRules,
    mistakeRules,
    metricRules,
    endingRules,
  ],
  /** Timestamps, windows, panes and watermarks. */
  time: [timestampRules, windowRules, sessionRules, sessionFragmentRules, triggerRules, watermarkRules, lateDataRules],
} as const satisfies Record<string, readonly Rules[]>;

type Part = keyof typeof RULES;

export interface SuiteOptions {
  /** Default: all. */
  readonly part?: Part;
  readonly skips?: Skips;
  /** Longest that one rule may take; default 20 s. */
  readonly timeoutMs?: number;
  /** Random cases of each property; default 10. */
  readonly propertyRuns?: number;
  /** Default 1. */
  readonly propertySeed?: number;
}

/** Declares all rules, or those of one part, as mocha tests; `makeRunner` is called once for each. */
export function suite(title: string, makeRunner: RunnerFactory, options: SuiteOptions = {}): void {
  const all: RuleOptions = {
    skips: options.skips ?? {},
    timeoutMs: options.timeoutMs ?? 20_000,
    propertyRuns: options.propertyRuns ?? 10,
    propertySeed: options.propertySeed ?? 1,
  };
  const rule = ruleFor(makeRunner, all);
  const parts = options.part === undefined ? Object.values(RULES) : [RULES[options.part]];
  describe(`${title} (property seed ${all.propertySeed})`, () => {
    for (const rules of parts.flat()) rules(rule, all);
  });
}
