import assert from "node:assert/strict";
import { inTopologicalOrder } from "../../../../src/beam/operators/graph";
import { runnerApi } from "../../../../src/beam/sdk";

/** Transforms by id, each with its inputs; the output of each has its id. */
function components(inputsById: Readonly<Record<string, readonly string[]>>): runnerApi.Components {
  const transforms = Object.entries(inputsById).map(([id, inputs]) => [
    id,
    runnerApi.PTransform.create({
      uniqueName: `stage ${id}`,
      inputs: Object.fromEntries(inputs.map((input, index) => [String(index), input])),
      outputs: { main: id },
    }),
  ]);
  return runnerApi.Components.create({
    transforms: Object.fromEntries(transforms) as runnerApi.Components["transforms"],
  });
}

describe("transforms in topological order", () => {
  it("come behind all that feed them, however they are given", () => {
    const diamond = components({ d: ["b", "c"], b: ["a"], c: ["a"], a: [] });
    for (const ids of [
      ["d", "c", "b", "a"],
      ["a", "b", "c", "d"],
    ]) {
      const order = inTopologicalOrder(diamond, ids);
      assert.deepEqual([order[0], order[3]], ["a", "d"]);
    }
  });

  it("know nothing of those that are not given, and follow the inputs that they are told", () => {
    const chain = components({ a: ["b"], b: ["c"], c: [] });
    assert.deepEqual(inTopologicalOrder(chain, ["a", "c"]), ["a", "c"]);
    assert.deepEqual(
      inTopologicalOrder(chain, ["a", "b"], () => []),
      ["a", "b"],
    );
  });

  it("refuse a circle by the name of a transform in it", () => {
    assert.throws(() => inTopologicalOrder(components({ a: ["b"], b: ["a"] }), ["a", "b"]), {
      code: "PIPELINE",
      message: "The transform stage a feeds itself.",
    });
  });
});
