/**
 * The rules of Beam's model that this layer relies on, as tests for any runner, in the spirit of Beam's
 * ValidatesRunner.
 *
 * 1. Rules use a runner only through src/beam/runner.ts, and see elements only in files that DoFns write.
 * 2. The title of a test is the rule. A rule that a runner cannot keep is shown as skipped, with the runner's reason.
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
  /** Rules about elements, whatever their timestamps. */
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
  /** Rules about timestamps, windows, panes and watermarks. */
  time: [timestampRules, windowRules, sessionRules, sessionFragmentRules, triggerRules, watermarkRules, lateDataRules],
} as const satisfies Record<string, readonly Rules[]>;

type Part = keyof typeof RULES;

export interface SuiteOptions {
  /** Default: all. */
  readonly part?: Part;
  readonly skips?: Skips;
  /** Time limit for one rule; default 20 s. */
  readonly timeoutMs?: number;
  /** Number of random cases for each property; default 10. */
  readonly propertyRuns?: number;
  /** Default 1. */
  readonly propertySeed?: number;
}

/** Declares all rules, or one part of them, as mocha tests. `makeRunner` is called once for each. */
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
