import assert from "node:assert/strict";
import type { Aws } from "../../../runners/msf/aws";
import { modelArns } from "../../../runners/msf/models";
import { isFatal } from "../../support/chat/fatal";

/** Bedrock in a region that does not have the model, in both forms of its answer. */
const ANSWERS: Readonly<Record<string, () => Promise<unknown>>> = {
  "no such model": () =>
    Promise.reject(
      Object.assign(new Error("x"), { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } }),
    ),
  "not in this region": () =>
    Promise.resolve({ modelDetails: {}, authorizationStatus: "AUTHORIZED", regionAvailability: "NOT_AVAILABLE" }),
};

describe("an embedding model that a region lacks", () => {
  for (const [what, send] of Object.entries(ANSWERS)) {
    it(`is refused with the one that it has: ${what}`, async () => {
      const aws = { region: "eu-west-1", models: { send } } as unknown as Aws;
      await assert.rejects(
        modelArns(aws, "amazon.titan-embed-text-v1", () => undefined),
        isFatal("MODEL_NOT_FOUND", /not offered in eu-west-1: give --embedding-model amazon\.titan-embed-text-v2:0/),
      );
      await assert.rejects(
        modelArns(aws, "amazon.titan-embed-text-v2:0", () => undefined),
        isFatal("MODEL_NOT_FOUND", /check its name and the region/),
      );
    });
  }

  it("is refused without a cure that does not work there, where the region has neither", async () => {
    const aws = { region: "me-south-1", models: { send: ANSWERS["no such model"] } } as unknown as Aws;
    await assert.rejects(
      modelArns(aws, "amazon.titan-embed-text-v1", () => undefined),
      isFatal("MODEL_NOT_FOUND", /neither is amazon\.titan-embed-text-v2:0: use one of the regions us-east-1/),
    );
    await assert.rejects(
      modelArns(aws, "amazon.titan-embed-text-v2:0", () => undefined),
      isFatal("MODEL_NOT_FOUND", /not known to be offered in me-south-1: use one of .*eu-west-1/),
    );
  });
});
