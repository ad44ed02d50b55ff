import assert from "node:assert/strict";
import { readProperties } from "../../../src/options/properties";

const SIGNED = {
  "alert-webhook": "https://alerts.example.com",
  "alert-webhook-key-wrapped": Buffer.alloc(180, 8).toString("base64"),
  "alert-webhook-kms-key": "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555",
};
const KEYED = { redact: "card", "redact-mask": "pseudonym", letters: "drop" };
const WRAPPED = {
  "redact-key-wrapped": Buffer.alloc(180, 7).toString("base64"),
  "redact-kms-key": "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555",
};
const NEEDED = { stream: "chat", region: "us-east-1", "opensearch-endpoint": "https://search.example.com" };

describe("runtime properties", () => {
  it("become the job's options as on the command line", () => {
    const options = readProperties({
      ...NEEDED,
      region: "eu-west-1",
      "session-gap": "90s",
      auth: "sigv4",
      "store-messages": "false",
      "max-bundle-time": "20ms",
    });
    const settings = options.pipelineSettings({}, 0);
    assert.equal(settings.kinesis.streamName, "chat");
    assert.equal(settings.sessions.gapMs, 90_000);
    assert.equal(settings.openSearch.storeMessages, false);
    assert.deepEqual(settings.openSearch.connection.auth, { kind: "sigv4", region: "eu-west-1" });
    assert.equal(options.flink?.maxBundleMs, 20);
  });

  it("have pseudonyms by a key that KMS has wrapped, which nobody unwraps to read them", () => {
    const { privacy } = readProperties({ ...NEEDED, ...KEYED, ...WRAPPED }).pipelineSettings({}, 0).messages;
    assert.deepEqual(privacy?.key, { wrapped: WRAPPED["redact-key-wrapped"], keyArn: WRAPPED["redact-kms-key"] });
  });

  it("have a webhook whose key KMS has wrapped, and no other", () => {
    const { webhook } = readProperties({ ...NEEDED, ...SIGNED }).pipelineSettings({}, 0).alerts;
    const key = { wrapped: SIGNED["alert-webhook-key-wrapped"], keyArn: SIGNED["alert-webhook-kms-key"] };
    assert.deepEqual([webhook?.url, webhook?.key], [SIGNED["alert-webhook"], key]);
  });

  it("keep values that begin with a dash", () => {
    assert.throws(() => readProperties({ ...NEEDED, "session-gap": "-5m" }), /session-gap must be a duration .*"-5m"/);
  });

  const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{}, /^Runtime properties, group ChatSessions: stream is missing\.$/],
    [{ stream: "chat" }, /region is missing/],
    [{ stream: "chat", region: "us-east-1" }, /opensearch-endpoint is missing/],
    [{ ...NEEDED, auth: "basic" }, /auth must be sigv4, or none: properties are no place for a password\.$/],
    [{ ...NEEDED, "sesion-gap": "5m" }, /"sesion-gap" is not known: did you mean session-gap\.$/],
    [{ ...NEEDED, wallpaper: "green" }, /"wallpaper" is not known: there are stream, /],
    [{ ...NEEDED, "session-gap": "soon" }, /session-gap must be a duration from 1ms to 7d/],
    [{ ...NEEDED, "store-messages": "perhaps" }, /store-messages must be true or false, not "perhaps"/],
    [{ ...NEEDED, "kinesis-endpoint": "local" }, /contradicts an endpoint "local"/],
    [{ ...NEEDED, ...KEYED }, /pseudonyms need redact-key-wrapped and redact-kms-key, .*\(docs\/privacy\.md\)\.$/],
    [{ ...NEEDED, "pseudonymise-users": "true", letters: "drop" }, /pseudonyms need redact-key-wrapped/],
    [
      { ...NEEDED, ...KEYED, ...WRAPPED, "redact-kms-key": "alias/chats" },
      /redact-kms-key must be the ARN of a KMS key/,
    ],
    [
      { ...NEEDED, ...KEYED, "redact-key-wrapped": WRAPPED["redact-key-wrapped"] },
      /redact-key-wrapped needs redact-kms-key, the ARN/,
    ],
    [
      { ...NEEDED, "redact-kms-key": WRAPPED["redact-kms-key"] },
      /redact-kms-key is only of use with redact-key-wrapped/,
    ],
    [
      { ...NEEDED, ...KEYED, ...WRAPPED, "redact-key-wrapped": "a secret in clear" },
      /^(?!.*a secret).*redact-key-wrapped: there is no such file, and it is no base64; wrap the key/,
    ],
    [{ ...NEEDED, "redact-key-file": "/key" }, /"redact-key-file" is not known/],
    [{ ...NEEDED, "alert-webhook": "local" }, /alert-webhook must be an address, or none\.$/],
    [
      { ...NEEDED, "alert-webhook": SIGNED["alert-webhook"] },
      /alert-webhook needs alert-webhook-key-wrapped and alert-webhook-kms-key, .*\(docs\/alerts\.md\)\.$/,
    ],
    [
      { ...NEEDED, ...SIGNED, "alert-webhook": "none" },
      /alert-webhook-key-wrapped is only of use with the address of an alert-webhook/,
    ],
    [
      {
        ...NEEDED,
        "alert-webhook": SIGNED["alert-webhook"],
        "alert-webhook-key-wrapped": SIGNED["alert-webhook-key-wrapped"],
      },
      /alert-webhook-key-wrapped needs alert-webhook-kms-key, the ARN/,
    ],
    [
      { ...NEEDED, ...SIGNED, "alert-webhook-key-wrapped": "a secret in clear" },
      /^(?!.*a secret).*alert-webhook-key-wrapped: there is no such file, .* as docs\/alerts\.md says/,
    ],
    [{ ...NEEDED, once: "true" }, /"once" is not known/],
    [
      { ...NEEDED, "max-open-session": "1m", "session-gap": "5m" },
      /max-open-session must not be shorter than session-gap/,
    ],
  ];
  for (const [properties, sentence] of refused) {
    it(`are refused: ${JSON.stringify(properties)}`, () => {
      assert.throws(() => readProperties(properties), { name: "JobError", code: "BAD_OPTION", message: sentence });
    });
  }
});
