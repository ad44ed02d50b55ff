/** The stand-in for Titan with the sentence encoder: what is near to what. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";

const V1 = "amazon.titan-embed-text-v1";
const V2 = "amazon.titan-embed-text-v2:0";
const MEANING_DIMENSIONS = 512;

const SESSIONS = [
  "How do I reset my password?",
  "My parcel has not arrived yet.",
  "The blender arrived broken, I want my money back.",
  "Do you have gift cards?",
  "The dark mode of the new app is lovely.",
];

describe("the local Bedrock with its encoder", function () {
  this.timeout(60_000);
  let bedrock: LocalBedrock;

  before(async () => {
    bedrock = await startLocalBedrock(0, {}, true);
  });
  after(() => bedrock?.close());

  async function vector(text: string, model = V1, more: object = {}, { url } = bedrock): Promise<readonly number[]> {
    const answer = await fetch(`${url}/model/${encodeURIComponent(model)}/invoke`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputText: text, ...more }),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    return ((await answer.json()) as { embedding: number[] }).embedding;
  }

  async function nearest(question: string, model: string): Promise<string | undefined> {
    const own = await vector(question, model);
    // At once, so that the encoder takes several in a call.
    const all = await Promise.all(SESSIONS.map(async (text) => ({ text, near: dot(own, await vector(text, model)) })));
    return all.toSorted((one, other) => other.near - one.near)[0]?.text;
  }

  for (const model of [V1, V2]) {
    it(`finds what was said in other words, as ${model}`, async () => {
      assert.equal(await nearest("cannot log in", model), "How do I reset my password?");
      assert.equal(await nearest("where is my package", model), "My parcel has not arrived yet.");
    });
  }

  it("loads its weights when WebAssembly takes longer than they", async () => {
    const slowly = ["-r", path.join(__dirname, "../../support/processes/slow-wasm.cjs")];
    const thread = path.join(__dirname, "../../../src/local/bedrock/encoder-thread.ts");
    // Rejects with what it says when it fails, and ends when the weights are loaded, since nobody asks it.
    await promisify(execFile)(process.execPath, [...slowly, "-r", "ts-node/register/transpile-only", thread]);
  });

  it("answers the same for a text alone and among others, of length 1", async () => {
    const alone = await vector("Where is my order?");
    const together = await Promise.all([...SESSIONS, "Where is my order?"].map((text) => vector(text)));
    assert.ok(dot(alone, together.at(-1)!) > 0.999_99);
    assert.ok(Math.abs(Math.hypot(...alone) - 1) < 1e-5);
    assert.equal(alone.length, 1_536);
  });

  it("gives no meaning to what the encoder cannot read, nor where there is no room for one", async () => {
    const japanese = await vector("パスワードを忘れました");
    assert.deepEqual(new Set(japanese.slice(-MEANING_DIMENSIONS)), new Set([0]));
    assert.ok(dot(japanese, japanese) > 0.999);
    const plain = await startLocalBedrock(0);
    try {
      const small = { dimensions: 256 };
      assert.deepEqual(await vector("lost parcel", V2, small), await vector("lost parcel", V2, small, plain));
    } finally {
      await plain.close();
    }
  });
});

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, component, at) => sum + component * (other[at] ?? 0), 0);
}
