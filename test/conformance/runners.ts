/** The runners that the suite is run on, and what each of them lacks. To add one, add a line here. */
import { DirectRunner } from "../../src/beam/direct";
import type { Skips } from "./capabilities";
import type { RunnerFactory } from "./support/rule";

export interface RunnerUnderTest {
  /** `seed` randomises what the runner can randomise; undefined: as users run it. */
  make(seed: number | undefined): RunnerFactory;
  readonly skips: Skips;
  /** Longest that one rule may take on it. */
  readonly timeoutMs: number;
  /** Random cases of each property. */
  readonly propertyRuns: number;
}

export const RUNNERS = {
  direct: {
    make: (seed) => () => new DirectRunner(seed === undefined ? {} : { random: { seed } }),
    skips: {},
    timeoutMs: 20_000,
    propertyRuns: 10,
  },
} as const satisfies Record<string, RunnerUnderTest>;

export type RunnerName = keyof typeof RUNNERS;
