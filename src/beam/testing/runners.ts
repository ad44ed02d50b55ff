/** The runners that the suite is run on, and the capabilities that each lacks. A new runner needs an entry here. */
import { DirectRunner } from "../direct";
import type { Skips } from "./capabilities";
import { makeFlink, stopFlink } from "./flink";
import type { RunnerFactory } from "./support/rule";

export interface RunnerUnderTest {
  /** Makes the runner. `seed` randomises what it can randomise; undefined runs it as users do. */
  readonly make: (seed: number | undefined) => RunnerFactory;
  /** Ends services that the rules share. */
  readonly close?: () => Promise<void>;
  readonly skips: Skips;
  /** Time limit for one rule. */
  readonly timeoutMs: number;
  /** Number of random cases for each property. */
  readonly propertyRuns: number;
}

const FLINK_SKIPS: Skips = {
  sideInputsUnbounded:
    "at a checkpoint the runner takes the elements of side inputs for windowed values, and the job fails: such pipelines are refused",
  residualDelay:
    "the suite's jobs end by the end of their Impulse, and from then on the runner calls residuals back without their delay",
  drain: "Flink's own drain waits for sources that have no end, and nothing tells our workers to stop reading yet",
};

export const RUNNERS = {
  direct: {
    make: (seed) => (settings) =>
      new DirectRunner({ check: true, ...settings, ...(seed === undefined ? {} : { random: { seed } }) }),
    skips: {},
    timeoutMs: 20_000,
    propertyRuns: 10,
  },
  flink: {
    make: (_seed) => makeFlink,
    close: stopFlink,
    skips: FLINK_SKIPS,
    timeoutMs: 120_000,
    propertyRuns: 3,
  },
} as const satisfies Record<string, RunnerUnderTest>;

export type RunnerName = keyof typeof RUNNERS;
