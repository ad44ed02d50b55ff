import assert from "node:assert/strict";
import { Throttle } from "../../../../src/page/auth/throttle";

describe("a throttle", () => {
  it("gives each key some tries, and one back after each interval", () => {
    const throttle = new Throttle({ maxTries: 3, refillMs: 1_000, maxKeys: 10 });
    const take = (nowMs: number): number => throttle.take("a", nowMs);
    assert.deepEqual([take(0), take(0), take(0), take(0)], [0, 0, 0, 1_000]);
    assert.equal(take(400), 600, "asking does not make it longer");
    assert.equal(throttle.take("b", 400), 0);
    assert.deepEqual([take(1_000), take(1_000)], [0, 1_000]);
    assert.deepEqual([take(60_000), take(60_000), take(60_000), take(60_000)], [0, 0, 0, 1_000], "never more than all");
    throttle.giveBack("a");
    assert.deepEqual([take(60_000), take(60_000)], [0, 1_000]);
  });

  it("remembers so many keys, and counts no time twice when the clock goes back", () => {
    const throttle = new Throttle({ maxTries: 1, refillMs: 1_000, maxKeys: 2 });
    for (const key of ["a", "b"]) assert.equal(throttle.take(key, 5_000), 0);
    assert.equal(throttle.take("a", 0), 1_000);
    assert.equal(throttle.take("c", 0), 0);
    assert.equal(throttle.take("a", 0), 1_000, "the one that tried last is remembered");
    assert.equal(throttle.take("b", 0), 0, "the other one is forgotten");
  });
});
