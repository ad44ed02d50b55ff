import assert from "node:assert/strict";
import { DirectRunner } from "../../../../src/beam/direct";
import {
  groupByKey,
  impulse,
  type PCollection,
  Pipeline,
  Root,
  runnerApi,
  type PipelineProto,
} from "../../../../src/beam/sdk";
import { BeamError } from "../../../../src/beam/error";

function pipeline(): PipelineProto {
  const built = new Pipeline();
  const begin = new Root(built).apply<PCollection<Uint8Array>>(impulse());
  begin.map(() => ({ key: "k", value: 1 })).apply(groupByKey());
  return structuredClone(built.getProto());
}

async function refusal(change: (proto: PipelineProto) => void): Promise<string> {
  const proto = pipeline();
  change(proto);
  try {
    await new DirectRunner().run(proto);
  } catch (error) {
    assert.ok(error instanceof BeamError);
    return error.message;
  }
  throw new Error("the pipeline was not refused");
}

describe("the direct runner refuses before anything starts", () => {
  it("an unknown requirement", async () => {
    const message = await refusal((proto) => proto.requirements.push("beam:requirement:pardo:stateful:v1"));
    assert.match(message, /beam:requirement:pardo:stateful:v1/);
  });

  it("an unknown transform", async () => {
    const message = await refusal((proto) => {
      const leaf = Object.values(proto.components!.transforms).find(({ spec }) => spec?.urn.includes("group_by_key"));
      leaf!.spec!.urn = "beam:transform:reshuffle:v9";
    });
    assert.match(message, /beam:transform:reshuffle:v9/);
  });

  it("an unknown kind of DoFn", async () => {
    const message = await refusal((proto) => {
      const leaf = Object.values(proto.components!.transforms).find(({ spec }) => spec?.urn.includes("pardo"));
      const payload = runnerApi.ParDoPayload.fromBinary(leaf!.spec!.payload);
      payload.doFn!.urn = "beam:dofn:java:v1";
      leaf!.spec!.payload = runnerApi.ParDoPayload.toBinary(payload);
    });
    assert.match(message, /map/);
  });

  it("retracting panes", async () => {
    const message = await refusal((proto) => {
      for (const strategy of Object.values(proto.components!.windowingStrategies)) {
        strategy.accumulationMode = runnerApi.AccumulationMode_Enum.RETRACTING;
      }
    });
    assert.match(message, /retracting/);
  });

  it("an empty proto", async () => {
    const message = await refusal((proto) => delete proto.components);
    assert.match(message, /empty/);
  });
});
