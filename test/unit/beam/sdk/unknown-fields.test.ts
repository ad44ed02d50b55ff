import assert from "node:assert/strict";
import { Writer } from "protobufjs";
import { fnApi, MonitoringInfo } from "../../../../src/beam/sdk/fn-api";
import { jobApi } from "../../../../src/beam/sdk/job-api";

const LENGTH_DELIMITED = 2;

/** A field that no version of the protos has yet. */
function withUnknownField(bytes: Uint8Array): Uint8Array {
  const unknown = Writer.create()
    .uint32((1_000 << 3) | LENGTH_DELIMITED)
    .string("from a newer runner");
  return Buffer.concat([bytes, unknown.finish()]);
}

describe("messages of a newer runner", () => {
  it("are read in spite of fields that the SDK does not know, wherever those are", () => {
    const data = [{ instructionId: "i", transformId: "t", data: Uint8Array.of(1, 2), isLast: true }];
    const elements = fnApi.Elements.create({ data });
    const read = fnApi.Elements.fromBinary(withUnknownField(fnApi.Elements.toBinary(elements)));
    assert.deepEqual(fnApi.Elements.toJson(read), fnApi.Elements.toJson(elements));
    const processBundle = fnApi.ProcessBundleRequest.create({ processBundleDescriptorId: "d" });
    const request = fnApi.ProcessBundleRequest.fromBinary(
      withUnknownField(fnApi.ProcessBundleRequest.toBinary(processBundle)),
    );
    assert.equal(request.processBundleDescriptorId, "d");
    const info = MonitoringInfo.create({ urn: "u", labels: { NAME: "n" } });
    assert.deepEqual(MonitoringInfo.fromBinary(withUnknownField(MonitoringInfo.toBinary(info))).labels, { NAME: "n" });
    const state = jobApi.JobStateEvent.create({ state: jobApi.JobState_Enum.RUNNING });
    const job = jobApi.JobStateEvent.fromBinary(withUnknownField(jobApi.JobStateEvent.toBinary(state)));
    assert.equal(job.state, jobApi.JobState_Enum.RUNNING);
  });

  it("are read with packed numbers", () => {
    const desired = { fractionOfRemainder: 0.5, estimatedInputElements: 8n, allowedSplitPoints: [3n, 2n ** 40n] };
    const type = fnApi.ProcessBundleSplitRequest_DesiredSplit;
    assert.deepEqual(type.toJson(type.fromBinary(type.toBinary(desired))), type.toJson(desired));
  });
});
