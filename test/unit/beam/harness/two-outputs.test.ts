import assert from "node:assert/strict";
import { evenOdd } from "../operators/fns";
import { FakeStage } from "./fake-stage";
import { number } from "./stages";
import { WorkerFixture } from "./worker-fixture";

describe("a worker's outputs", () => {
  const fixture = new WorkerFixture();
  afterEach(() => fixture.stop());

  it("may take one PCollection out of a stage twice", async () => {
    const runner = await fixture.start();
    const stage = new FakeStage("twice", runner, number, (input) => {
      const { even, odd } = input.apply(evenOdd());
      return { even, again: even, odd };
    });
    const { error, values } = await stage.run([1, 2, 4]);
    assert.equal(error, "");
    assert.deepEqual([values("even"), values("again"), values("odd")], [[2, 4], [2, 4], [1]]);
  });
});
