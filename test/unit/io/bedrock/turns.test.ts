import assert from "node:assert/strict";
import { Turns } from "../../../../src/io/bedrock/turns";

describe("Turns", () => {
  it("begin one after the other, each in a turn of the event loop of its own", async () => {
    const turns = new Turns();
    let turn = 0;
    let isCounting = true;
    const count = (): void => {
      turn++;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    const begun: (readonly [number, number])[] = [];
    await Promise.all([0, 1, 2].map((work) => turns.next().then(() => begun.push([work, turn]))));
    isCounting = false;
    assert.deepEqual(
      begun.map(([work]) => work),
      [0, 1, 2],
    );
    assert.equal(new Set(begun.map(([, own]) => own)).size, 3, "some began in the same turn");
  });
});
