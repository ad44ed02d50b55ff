/** All benchmarks are loaded into one process, so their DoFns must not share names. */
import assert from "node:assert/strict";
import { BENCHMARKS, FLINK_BENCHMARKS, LONG_BENCHMARKS, PAGE_BENCHMARKS } from "../../bench";

describe("The benchmarks", () => {
  it("can be loaded together, and have names of their own", () => {
    const names = [...BENCHMARKS, ...PAGE_BENCHMARKS, ...FLINK_BENCHMARKS, ...LONG_BENCHMARKS].map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });
});
