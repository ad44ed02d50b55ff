import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { watermarkStateCoder } from "../../../../src/beam/authoring/splittable-do-fn";
import { CoderContext, impulse, Pipeline, Root, runnerApi, withName } from "../../../../src/beam/sdk";
import { MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS } from "../../../../src/beam/values";
import { callPlain, evenOdd } from "../operators/fns";
import { count } from "../operators/splittable-fns";
import { elementsOf } from "../operators/stage-harness";

function build(bounded: boolean) {
  const pipeline = new Pipeline();
  const start = elementsOf<number>(new Root(pipeline).apply(impulse()));
  const { main } = start.apply(withName("Read", count({ bounded })));
  const { even } = main.apply(withName("Tag", evenOdd()));
  even.apply(withName("Call", callPlain({ pool: "pool", maxConcurrentCalls: 1 })));
  const proto = pipeline.getProto();
  const components = proto.components as runnerApi.Components;
  const byName = new Map(Object.values(components.transforms).map((transform) => [transform.uniqueName, transform]));
  return { proto, components, transform: (name: string) => byName.get(name) as runnerApi.PTransform };
}

describe("transforms of our DoFn kinds", () => {
  it("name their outputs by tag, each with its coder", () => {
    const { components, transform } = build(true);
    const { outputs } = transform("Tag");
    assert.deepEqual(Object.keys(outputs), ["even", "odd"]);
    const coder = components.coders[components.pcollections[outputs["even"] ?? ""]?.coderId ?? ""];
    assert.equal(coder?.spec?.urn, "test:coder:number");
  });

  it("encode a restriction together with its watermark, and say what the runner must support", () => {
    const { proto, components, transform } = build(true);
    const payload = runnerApi.ParDoPayload.fromBinary(transform("Read").spec?.payload ?? new Uint8Array());
    const coder = components.coders[payload.restrictionCoderId];
    assert.equal(coder?.spec?.urn, "beam:coder:kv:v1");
    const parts = coder.componentCoderIds.map((id) => components.coders[id]?.spec?.urn);
    assert.deepEqual(parts, ["test:coder:range", "beam-streaming:coder:watermark_state"]);
    assert.deepEqual(proto.requirements, ["beam:requirement:pardo:splittable_dofn:v1"]);
  });

  for (const bounded of [true, false]) {
    it(`make a ${bounded ? "bounded" : "unbounded"} source's outputs so, and all that follows`, () => {
      const { components, transform } = build(bounded);
      const { BOUNDED, UNBOUNDED } = runnerApi.IsBounded_Enum;
      for (const name of ["Read", "Tag", "Call"]) {
        for (const id of Object.values(transform(name).outputs)) {
          assert.equal(components.pcollections[id]?.isBounded, bounded ? BOUNDED : UNBOUNDED);
        }
      }
    });
  }

  it("keep watermarks exact, the ends of time too", () => {
    for (const watermarkMs of [MIN_TIMESTAMP_MS, -1, 0, 1_717_000_000_001, MAX_TIMESTAMP_MS]) {
      const writer = new Writer();
      watermarkStateCoder.encode(watermarkMs, writer, CoderContext.needsDelimiters);
      assert.equal(watermarkStateCoder.decode(new Reader(writer.finish()), CoderContext.needsDelimiters), watermarkMs);
    }
  });
});
