/** `npm run evaluate` on the stand-in for Bedrock. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { evaluate } from "../../../src/cli/evaluate";
import type { Variant } from "../../../src/cli/evaluate-text";
import { NO_FAULTS } from "../../../src/local/bedrock/faults";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { isFatal } from "../../support/chat/fatal";
import { RETAIL_FILE } from "../../support/chat/retail";
import { temporaryFolder, type TemporaryFolder } from "../../support/temporary-folder";

describe("npm run evaluate", () => {
  let server: LocalBedrock;
  let folder: TemporaryFolder;
  const say = (): void => undefined;
  before(async () => {
    server = await startLocalBedrock(0);
    folder = await temporaryFolder("evaluate");
  });
  afterEach(() => server.setFaults(NO_FAULTS));
  after(async () => {
    await server.close();
    await folder.remove();
  });

  it("compares models by labelled sessions, and prints no word of them", async () => {
    const labelled = path.resolve(__dirname, "../../../docs/examples/labelled.jsonl");
    const models = "global.anthropic.claude-haiku-4-5-20251001-v1:0,anthropic.claude-3-haiku-20240307-v1:0";
    const run = (...more: string[]) =>
      evaluate(["--taxonomy", RETAIL_FILE, "--bedrock-endpoint", server.url, ...more, labelled], {}, 120, say);
    const json = await run("--json", "--summary-model", models);
    const { sessions, variants } = JSON.parse(json) as { sessions: number; variants: readonly Variant[] };
    assert.equal(sessions, 7);
    assert.deepEqual(
      variants.map(({ model }) => model),
      models.split(","),
    );
    for (const { fields, inputTokens, refused } of variants) {
      assert.deepEqual(refused, {});
      const language = fields.find(({ field }) => field === "language");
      assert.deepEqual(language, { field: "language", agreeing: 7, compared: 7, confusions: [] });
      assert.ok(fields.some(({ field, agreeing }) => field === "solved" && agreeing === 4));
      assert.ok(inputTokens > 1_000);
    }
    assert.ok(Math.abs(variants[0]!.usdPer1000Sessions! - variants[1]!.usdPer1000Sessions! * 4) < 0.001);
    const text = await run();
    assert.match(text, /│ language +│ 7 of 7 \(100 %\)/);
    assert.match(text, /intent: return_or_refund, not complaint/);
    for (const output of [json, text]) assert.doesNotMatch(output, /parcel|Pfanne|4111/);
  });

  it("asks the profile of the region's own geography on AWS, as the job does, where no model is named", async () => {
    const file = path.join(folder.path, "near.jsonl");
    await writeFile(file, JSON.stringify({ messages: ["hello"], expected: { language: "en" } }));
    const own = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: server.url, AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" };
    const saved = Object.keys(own).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, own);
    try {
      const json = await evaluate([file, "--json", "--no-local", "--region", "eu-west-1"], {}, 120, say);
      const { variants } = JSON.parse(json) as { variants: readonly Variant[] };
      assert.deepEqual(
        variants.map(({ model }) => model),
        ["eu.anthropic.claude-haiku-4-5-20251001-v1:0"],
      );
    } finally {
      for (const [name, value] of saved) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it("counts sessions that the model gives no answer for", async () => {
    const file = path.join(folder.path, "one.jsonl");
    await writeFile(file, JSON.stringify({ messages: ["hello S3CRET"], expected: { intent: "other" } }));
    server.setFaults({ rejectText: "S3CRET" });
    const { variants } = JSON.parse(
      await evaluate([file, "--json", "--bedrock-endpoint", server.url], {}, 120, say),
    ) as {
      variants: readonly Variant[];
    };
    assert.deepEqual(variants[0]?.refused, { MODEL_REFUSED: 1 });
    assert.deepEqual(variants[0].fields[0]?.confusions, [{ expected: "other", got: "(no answer)", count: 1 }]);
  });

  it("refuses what it cannot compare in one sentence", async () => {
    const run = (...argv: string[]) => evaluate([...argv, "--bedrock-endpoint", server.url], {}, 120, say);
    await assert.rejects(run(), isFatal("BAD_OPTION", /^Name one file of labelled sessions/));
    await assert.rejects(run("no.jsonl"), isFatal("BAD_OPTION", /^no\.jsonl cannot be read \(ENOENT\)/));
    await assert.rejects(run("x", "--summary-model", Array(13).fill("m").join()), isFatal("BAD_OPTION", /^At most 12/));
    await assert.rejects(run("x", "--taxonomy", "none.json"), isFatal("BAD_OPTION", /there is no such file/));
  });
});
