import assert from "node:assert/strict";
import type { Aws } from "../../../runners/msf/aws";
import { modelArns, whereTextMayGo } from "../../../runners/msf/models";
import { defaultSummaryModel, globalNotice } from "../../../src/io/bedrock/settings";
import { isFatal } from "../../support/chat/fatal";

describe("where chat text may go", () => {
  const HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0";
  const arns = ["eu-central-1", "eu-west-1"].map((region) => `arn:aws:bedrock:${region}::foundation-model/${HAIKU}`);
  const here = (model: string, isChosen = true): string =>
    whereTextMayGo(model, { region: "eu-west-1", arns, isChosen });

  it("is any region with a global profile, its geography with another, and else the region itself", () => {
    assert.match(here(`global.${HAIKU}`), /to any region of AWS: a profile of one geography .* keeps it there/);
    assert.match(here(`global.${HAIKU}`, false), /the default, since no geography of eu-west-1 is known/);
    assert.match(
      here(`eu.${HAIKU}`),
      /out of eu-west-1, but not out of its geography \(eu: eu-central-1, eu-west-1\)\.$/,
    );
    assert.match(
      here(`eu.${HAIKU}`, false),
      /the default in eu-west-1, because text should leave a geography only when/,
    );
    const profile = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
    assert.match(here(profile), /to eu-central-1, eu-west-1\.$/);
    assert.equal(here(HAIKU), `${HAIKU} keeps the text of chats in eu-west-1.`);
  });

  it("is the region's own geography by default where it has a profile, and a stand-in keeps the global one", () => {
    const model = (region: string, endpoint?: string): string =>
      defaultSummaryModel({ region, ...(endpoint === undefined ? {} : { endpoint }) }).split(".")[0]!;
    assert.deepEqual(
      ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2"].map((own) =>
        model(own),
      ),
      ["us", "us", "eu", "eu", "jp", "au"],
    );
    for (const region of ["sa-east-1", "ca-central-1", "eu-west-2", "ap-south-1"])
      assert.equal(model(region), "global");
    assert.equal(model("eu-west-1", "http://127.0.0.1:4567"), "global");
    assert.equal(model("eu-west-1", "https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com"), "eu");
  });
});

describe("a summary model that may take text anywhere because nobody chose one", () => {
  const noticeOf = (region: string, model?: string, endpoint?: string): string | undefined => {
    const bedrock = {
      region,
      maxConcurrentCalls: 1,
      requestTimeoutMs: 1_000,
      ...(endpoint === undefined ? {} : { endpoint }),
    };
    return globalNotice({ model: model ?? defaultSummaryModel(bedrock), bedrock });
  };

  it("is told where its region has no geography of its own", () => {
    for (const region of ["eu-west-2", "eu-central-2", "ca-central-1", "ap-southeast-1", "sa-east-1"])
      assert.match(
        noticeOf(region) ?? "",
        new RegExp(`global\\..* any region of AWS.* for ${region}: --summary-model`),
      );
    assert.equal(noticeOf("eu-west-1"), undefined);
    assert.equal(noticeOf("eu-west-1", defaultSummaryModel({ region: "eu-west-2" })), undefined, "somebody chose it");
    assert.equal(noticeOf("eu-west-2", "eu.anthropic.claude-haiku"), undefined);
    assert.equal(noticeOf("eu-west-2", undefined, "http://127.0.0.1:4567"), undefined);
  });
});

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
