import assert from "node:assert/strict";
import { detached, jsonCoder, P } from "../../../../src/beam/authoring";
import { withCodersOfTheirOwn } from "../../../../src/beam/flink/splittable-coders";
import { impulse, Pipeline, type PipelineProto, Root } from "../../../../src/beam/sdk";
import { splittableParDo } from "../../../../src/beam/authoring/transforms";
import { Count } from "../operators/splittable-fns";

const number = jsonCoder<number>("test:coder:number", 1);

/** Impulse → numbers → numbers, `detached`: two splittable DoFns, the second of which reads what the first puts out. */
function pipelineOf(first: number): PipelineProto {
  const pipeline = new Pipeline();
  const impulses = new Root(pipeline).apply(impulse());
  const restriction = jsonCoder<{ from: number; to: number }>("test:coder:range", 1);
  let numbers = P(impulses as never).apply(
    splittableParDo("start", new Count(), { restriction, bounded: true, outputs: { main: number } }),
  ).main;
  for (let index = 0; index < first; index++) {
    const next = splittableParDo(`count ${index}`, new Count(), {
      restriction,
      bounded: true,
      outputs: { main: number },
    });
    numbers = P(numbers).apply(next).main;
  }
  P(numbers).apply(detached(number, { maxElements: 1 }));
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
    assert.equal(inputCoders(before)["count 0"], inputCoders(before)["detached/elements"]);
    const after = withCodersOfTheirOwn(before);
    const ids = inputCoders(after);
    assert.notEqual(ids["count 0"], ids["detached/elements"]);
    const { coders } = after.components!;
    assert.deepEqual(coders[ids["detached/elements"]!], coders[ids["count 0"]!]);
  });

  it("stay as they are when nothing collides", () => {
    const before = pipelineOf(0);
    assert.deepEqual(withCodersOfTheirOwn(before), before);
  });
});
