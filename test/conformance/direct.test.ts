/**
 * The direct runner keeps every rule: as users run it, and with order, bundles and checkpoints randomised from several
 * seeds. CONFORMANCE_SEED replaces the seeds by one.
 */
import { DirectRunner } from "../../src/beam/direct";
import { suite } from "./suite";

const SEEDS = [1, 2, 3];

const given = process.env["CONFORMANCE_SEED"];
if (given === undefined) {
  suite("The direct runner", () => new DirectRunner());
}
for (const seed of given === undefined ? SEEDS : [Number(given)]) {
  suite(`The direct runner, seed ${seed}`, () => new DirectRunner({ random: { seed } }), { propertySeed: seed });
}
