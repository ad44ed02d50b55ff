import assert from "node:assert/strict";
import { delayMs, FailingDocuments } from "../../../../../src/io/opensearch/writing/failing-documents";

const MAX_MS = 10_000;

describe("documents that OpenSearch fails on", () => {
  it("are given up after both, some failures and some time, if others are stored", () => {
    const failing = new FailingDocuments(MAX_MS);
    const early = [0, 1, 2, 3, 4, 5].map((nowMs) => failing.isHopeless(failing.failed("many", nowMs), nowMs, true));
    assert.ok(
      early.every((isHopeless) => !isHopeless),
      "in no time",
    );
    assert.equal(failing.isHopeless(failing.failed("many", MAX_MS), MAX_MS, true), true);
    failing.failed("few", 0);
    assert.equal(failing.isHopeless(failing.failed("few", MAX_MS), MAX_MS, true), false, "twice");
  });

  it("have thirty times as long where nothing proves that it is them", () => {
    const failing = new FailingDocuments(MAX_MS);
    const at = (nowMs: number): boolean => failing.isHopeless(failing.failed("a", nowMs), nowMs, false);
    assert.deepEqual([0, 1, 2, 3, MAX_MS, 30 * MAX_MS - 1, 30 * MAX_MS].map(at), [
      ...Array<boolean>(6).fill(false),
      true,
    ]);
  });

  it("begin anew when one is stored, or was not heard of for long", () => {
    const failing = new FailingDocuments(MAX_MS);
    failing.failed("a", 0);
    failing.forget("a");
    assert.deepEqual([failing.failed("a", 5).failures, failing.failed("b", 5).failures], [1, 1]);
    failing.failed("c", 700_000);
    assert.equal(failing.failed("a", 700_001).failures, 1);
  });

  it("wait longer each time, ten seconds at most", () => {
    const delays = [1, 4, 8, 1_000].map((failures) => delayMs({ failures, sinceMs: 0 }));
    for (const [position, most] of [100, 800, 10_000, 10_000].entries()) {
      assert.ok(delays[position]! >= most / 2 && delays[position]! <= most, `${delays[position]} ms`);
    }
  });
});
