import assert from "node:assert/strict";
import http2 from "node:http2";
import path from "node:path";
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { NO_FAULTS } from "../../../src/local/bedrock/faults";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { startChild } from "../../../src/local/child";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const JSON_TYPE = { "content-type": "application/json" };
const V1 = "amazon.titan-embed-text-v1";
const V2 = "amazon.titan-embed-text-v2:0";
const HAIKU = "anthropic.claude-3-haiku-20240307-v1:0";

describe("the local Bedrock", () => {
  let server: LocalBedrock;
  before(async () => {
    server = await startLocalBedrock(0);
  });
  beforeEach(() => server.setFaults(NO_FAULTS));
  after(() => server.close());

  async function post(route: string, body: unknown): Promise<{ status: number; type: string | null; body: unknown }> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(server.url + route, { method: "POST", headers: JSON_TYPE, body: text });
    return { status: answer.status, type: answer.headers.get("x-amzn-errortype"), body: await answer.json() };
  }

  const invoke = (model: string, body: unknown) => post(`/model/${encodeURIComponent(model)}/invoke`, body);
  const message = { role: "user", content: [{ type: "text", text: "Where is my order?" }] };
  const messages = { anthropic_version: "bedrock-2023-05-31", max_tokens: 100, messages: [message] };

  it("answers the SDK with its default HTTP/2 handler, and reports its errors by name", async () => {
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const sdk = new BedrockRuntimeClient({ region: "us-east-1", endpoint: server.url, credentials, maxAttempts: 1 });
    const converse = new ConverseCommand({
      modelId: HAIKU,
      messages: [{ role: "user", content: [{ text: "Where is my order?" }] }],
    });
    const answer = await sdk.send(converse);
    assert.equal(answer.output?.message?.content?.[0]?.text, "Where is my order?");
    assert.equal(answer.stopReason, "end_turn");
    server.setFaults({ throttleFraction: 1 });
    await assert.rejects(sdk.send(converse), { name: "ThrottlingException" });
    server.setFaults({ throttleFraction: 0, retired: [HAIKU] });
    await assert.rejects(sdk.send(converse), { name: "ResourceNotFoundException", message: /Legacy/ });
    const titan = new InvokeModelCommand({ modelId: V1, body: JSON.stringify({ inputText: "hi" }) });
    assert.equal((await sdk.send(titan)).contentType, "application/json");
    sdk.destroy();
  });

  it("speaks HTTP/1.1 and HTTP/2 on one port", async () => {
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/_local/stats" });
    const [headers] = (await new Promise<unknown[]>((resolve) =>
      stream.once("response", (...own) => resolve(own)),
    )) as [Record<string, unknown>];
    assert.equal(headers[":status"], 200);
    session.destroy();
    assert.equal((await fetch(`${server.url}/_local/stats`)).status, 200);
  });

  it("validates as the service does", async () => {
    const cases: readonly (readonly [string, unknown, RegExp])[] = [
      ["no.such-model", {}, /model identifier is invalid/],
      ["anthropic.claude-haiku-4-5-20251001-v1:0", messages, /on-demand throughput/],
      [V1, {}, /inputText: expected type/],
      [V1, "{", /Malformed input/],
      [V1, { inputText: "" }, /minLength/],
      [V1, { inputText: "a".repeat(50_001) }, /maxLength: 50000/],
      [V1, { inputText: "中".repeat(20_000) }, /Too many input tokens/],
      [V1, { inputText: "hi", dimensions: 512 }, /extraneous key \[dimensions\]/],
      [V2, { inputText: "hi", dimensions: 300 }, /dimensions/],
      [HAIKU, { ...messages, max_tokens: 4_097 }, /exceeds the model limit of 4096/],
      [HAIKU, { ...messages, max_tokens: 0 }, /max_tokens/],
      [HAIKU, { ...messages, messages: [] }, /messages/],
      [HAIKU, { ...messages, anthropic_version: "1" }, /anthropic_version/],
    ];
    for (const [model, body, expected] of cases) {
      const answer = await invoke(model, body);
      assert.deepEqual([answer.status, answer.type], [400, "ValidationException"], model);
      assert.match((answer.body as { message: string }).message, expected);
    }
    assert.equal((await post("/model/x/stream", {})).type, "UnknownOperationException");
  });

  it("keeps to the answer's token limit and counts tokens", async () => {
    const long = { ...message, content: "I would like to know where my parcel is today ".repeat(40) };
    const { body } = await invoke(HAIKU, { ...messages, max_tokens: 10, messages: [long] });
    const answer = body as { stop_reason: string; usage: { output_tokens: number }; content: { text: string }[] };
    assert.equal(answer.stop_reason, "max_tokens");
    assert.equal(answer.usage.output_tokens, 10);
    assert(answer.content[0]!.text.length <= 40);
  });

  it("gives the same answers and the same fates for the same seed", async () => {
    const fates = async (): Promise<number[]> => {
      server.setFaults({ throttleFraction: 0.5, seed: 42 });
      const statuses: number[] = [];
      for (let call = 0; call < 30; call++) statuses.push((await invoke(V1, { inputText: "hi" })).status);
      return statuses;
    };
    const first = await fates();
    assert.deepEqual(await fates(), first);
    assert(first.includes(200) && first.includes(429));
    server.setFaults(NO_FAULTS);
    assert.deepEqual((await invoke(V2, { inputText: "hi" })).body, (await invoke(V2, { inputText: "hi" })).body);
  });

  it("refuses faults that it does not know", async () => {
    assert.equal((await post("/_local/faults", { latency: 5 })).status, 400);
    assert.equal((await post("/_local/faults", { throttleFraction: 2 })).status, 400);
    const typed = { "content-type": "application/octet-stream" };
    const other = { method: "POST", headers: typed, body: JSON.stringify({ latencyMs: 1 }) };
    assert.equal((await fetch(`${server.url}/_local/faults`, other)).status, 403);
    assert.equal((await post("/_local/faults", { latencyMs: 1 })).status, 200);
  });

  it("runs as a process of its own, and ends with whoever started it", async () => {
    const folder = makeFolder("bedrock");
    const logFile = path.join(folder, "bedrock.log");
    const child = await startChild({
      title: "the local Bedrock",
      script: "src/local/bedrock/main.ts",
      args: ["--port", "0", "--latency-ms", "5"],
      logFile,
    });
    const stats = (await (await fetch(`http://127.0.0.1:${child.port}/_local/stats`)).json()) as { calls: number };
    assert.equal(stats.calls, 0);
    await child.stop();
    assert.deepEqual(await child.ended, { wanted: true });
    await removeFolder(folder);
  }).timeout(60_000);
});
