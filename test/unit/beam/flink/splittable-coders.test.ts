import assert from "node:assert/strict";
import { asyncBoundary, jsonCoder } from "../../../../src/beam/authoring";
import { withCodersOfTheirOwn } from "../../../../src/beam/flink/splittable-coders";
import { impulse, Pipeline, type PipelineProto, Root, withName } from "../../../../src/beam/sdk";
import { count } from "../operators/splittable-fns";
import { elementsOf } from "../operators/stage-harness";

const number = jsonCoder<number>("test:coder:number", 1);

/**
 * A pipeline of an impulse, numbers, and numbers behind `asyncBoundary`: two splittable DoFns, the second of which
 * reads the first one's output.
 */
function pipelineOf(first: number): PipelineProto {
  const pipeline = new Pipeline();
  const impulses = new Root(pipeline).apply(impulse());
  let { main: numbers } = elementsOf<number>(impulses).apply(withName("start", count({})));
  for (let index = 0; index < first; index++) {
    numbers = numbers.apply(withName(`count ${index}`, count({}))).main;
  }
  numbers.apply(asyncBoundary(number, { maxElements: 1 }));
  return pipeline.getProto();
}

/** The input coder's id of each splittable DoFn, by name. */
function inputCoders({ components }: PipelineProto): Record<string, string> {
  const found = Object.values(components!.transforms).flatMap(({ uniqueName, spec, inputs }) => {
    const [inputId = ""] = Object.values(inputs);
    const coderId = components!.pcollections[inputId]?.coderId;
    return spec?.urn === "beam:transform:pardo:v1" && coderId !== undefined ? [[uniqueName, coderId]] : [];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

describe("coders of splittable DoFns' inputs", () => {
  it("are no one else's when the restrictions differ", () => {
    const before = pipelineOf(1);
    assert.equal(inputCoders(before)["count 0"], inputCoders(before)["asyncBoundary/elements"]);
    const after = withCodersOfTheirOwn(before);
    const ids = inputCoders(after);
    assert.notEqual(ids["count 0"], ids["asyncBoundary/elements"]);
    const { coders } = after.components!;
    assert.deepEqual(coders[ids["asyncBoundary/elements"]!], coders[ids["count 0"]!]);
  });

  it("stay as they are when nothing collides", () => {
    const before = pipelineOf(0);
    assert.deepEqual(withCodersOfTheirOwn(before), before);
  });
});
