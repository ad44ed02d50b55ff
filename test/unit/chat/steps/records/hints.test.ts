import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { hintFor } from "../../../../../src/chat/steps/records/hints";
import type { UnpackSettings } from "../../../../../src/chat/steps/records/settings";

const ZSTD = readFileSync(path.resolve(__dirname, "../../../../data/compressed/two-frames.jsonl.zst"));

describe("hints in dead letters", () => {
  const seen = (data: string | Uint8Array, given: Partial<UnpackSettings> = {}): string =>
    hintFor(Buffer.from(data), { timestampField: "timestamp", ...given });
  const secret = { userId: "ann", content: "my card is 4111", timestamp: 1_795_841_870_000 };

  const HINTS: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ["gzip", gzipSync(JSON.stringify(secret)), /gzip data: --payload-encoding auto opens them$/],
    ["zstd", ZSTD, /zstd data: --payload-encoding auto/],
    ["lines", `${JSON.stringify(secret)}\n${JSON.stringify(secret)}`, /several JSON values: --record-values many/],
    ["joined objects", `${JSON.stringify(secret)}${JSON.stringify(secret)}`, /several JSON values/],
    ["a list", JSON.stringify([secret]), /a list: --record-values many/],
    [
      "EventBridge",
      JSON.stringify({ "detail-type": "chat", detail: secret }),
      /an EventBridge envelope: --envelope eventbridge/,
    ],
    [
      "CloudWatch",
      JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [] }),
      /a CloudWatch Logs envelope: --envelope cloudwatch-logs/,
    ],
    [
      "DynamoDB",
      JSON.stringify({ eventName: "REMOVE", dynamodb: {} }),
      /a DynamoDB stream's envelope: --envelope dynamodb-stream/,
    ],
    ["SNS", JSON.stringify({ Type: "Notification", Message: "{}" }), /an SNS envelope: --envelope sns/],
    [
      "a nested list",
      JSON.stringify({ chat: { history: [secret] } }),
      /an object with a list of others: --messages-field/,
    ],
    ["base64", Buffer.from(JSON.stringify(secret)).toString("base64"), /base64/],
  ];

  for (const [what, data, hint] of HINTS) {
    it(`say what ${what} looks like, and never quote it`, () => {
      assert.match(seen(data), hint);
      assert.doesNotMatch(seen(data), /4111|ann/);
    });
  }

  it("say that no list is at a wrong path of messages, and nothing of a member of the list", () => {
    const chat = { chats: { history: [secret] } };
    assert.match(seen(JSON.stringify(chat), { messagesField: "chat.history" }), /there is none at --messages-field$/);
    const member = { chats: { history: { ...secret, files: [{}] } } };
    assert.equal(seen(JSON.stringify(member), { messagesField: "chats.history" }), "");
  });

  it("say nothing of what no option opens, or what is opened already", () => {
    for (const data of ["{broken", '{"a":1}', "17", "", Buffer.from([0xff, 0x00])]) assert.equal(seen(data), "");
    assert.equal(seen(gzipSync("x"), { payloadEncoding: "auto" }), "");
    assert.equal(seen("[1]", { recordValues: "many" }), "");
  });
});
