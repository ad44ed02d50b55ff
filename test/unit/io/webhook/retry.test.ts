import assert from "node:assert/strict";
import { decideNoAnswer, decideStatus } from "../../../../src/io/webhook/retry";
import { webhookRequest } from "../../../../src/io/webhook/request";
import type { AlertEvent } from "../../../../src/chat/alerts/event";

describe("answers of a webhook", () => {
  for (const [status, kind] of [
    ...[200, 202, 204].map((each) => [each, "taken"] as const),
    ...[301, 401, 403, 404, 408, 410, 425, 429, 500, 502, 503].map((each) => [each, "again"] as const),
    ...[400, 413, 415, 422].map((each) => [each, "refused"] as const),
  ]) {
    it(`${status}: ${kind}`, () => assert.equal(decideStatus(status, null).kind, kind));
  }

  it("are believed about the time to wait", () => {
    assert.deepEqual(decideStatus(429, "7"), { kind: "again", why: "status 429", retryAfterMs: 7_000 });
  });

  it("that do not come are tried again, and named by the network's code", () => {
    const refused = Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    assert.deepEqual(decideNoAnswer(refused), { kind: "again", why: "ECONNREFUSED" });
    assert.deepEqual(decideNoAnswer(new DOMException("x", "TimeoutError")), { kind: "again", why: "TimeoutError" });
  });
});

describe("requests of the webhook", () => {
  it("are signed as Standard Webhooks has it", () => {
    // The specification's own example (spec/standard-webhooks.md): key, id, time, body and signature.
    const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    const event = { test: 2_432_232_314, id: "msg_p5jXN8AQM9LWM0D4loKWxJek" } as unknown as AlertEvent;
    const { headers, body } = webhookRequest(event, key, 1_614_265_330_999);
    assert.equal(body, JSON.stringify(event));
    assert.equal(headers["webhook-id"], "msg_p5jXN8AQM9LWM0D4loKWxJek");
    assert.equal(headers["webhook-timestamp"], "1614265330");
  });
});
