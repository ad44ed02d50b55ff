/** The direct runner keeps every rule: as users run it, and with order, bundles and checkpoints randomised. */
import { RUNNERS } from "../../src/beam/testing/runners";
import { suite } from "../../src/beam/testing/suite";

const { make, ...options } = RUNNERS.direct;

suite("The direct runner", make(undefined), options);
for (const seed of [1, 2, 3]) {
  suite(`The direct runner, seed ${seed}`, make(seed), { ...options, propertySeed: seed });
}
