import assert from "node:assert/strict";
import { BENCHMARKS, LONG_BENCHMARKS } from "../bench";
import { flinkSpeed } from "../bench/flink/speed";
import { page } from "../bench/page";

/** Small enough for every test run; figures mean nothing at this size, so the test checks only that they exist. */
const SCALE = 0.03;

describe("benchmarks", function () {
  this.timeout(300_000);

  for (const benchmark of [...BENCHMARKS, page, flinkSpeed, ...LONG_BENCHMARKS]) {
    it(`${benchmark.name} runs to its end and has figures`, async () => {
      const rows = await benchmark.run(SCALE);
      assert.ok(rows.length > 0);
      for (const value of rows.flatMap((row) => Object.values(row))) {
        assert.ok(typeof value === "string" || Number.isFinite(value));
      }
    });
  }
});
