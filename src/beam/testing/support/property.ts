import fc from "fast-check";
import type { RuleOptions } from "./rule";

/**
 * Checks `holds` for random cases, the same ones for the same seed. When it fails, fast-check prints the seed and the
 * smallest failing case. Each case gets its own `name`, for the folder that its pipeline collects in.
 */
export async function property<T>(
  options: RuleOptions,
  cases: fc.Arbitrary<T>,
  holds: (value: T, name: string) => Promise<void>,
): Promise<void> {
  let count = 0;
  const check = fc.asyncProperty(cases, async (value) => {
    count += 1;
    await holds(value, `case-${count}`);
  });
  await fc.assert(check, {
    seed: options.propertySeed,
    numRuns: options.propertyRuns,
    // Leaves time to report the smallest failing case found so far.
    interruptAfterTimeLimit: options.timeoutMs * 0.8,
    markInterruptAsFailure: true,
  });
}
