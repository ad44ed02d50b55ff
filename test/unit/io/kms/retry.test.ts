import assert from "node:assert/strict";
import { PSEUDONYMS, WEBHOOK } from "../../../../src/chat/privacy/wrapped-key";
import { decide } from "../../../../src/io/kms/retry";

const KEY = { wrapped: "x", keyArn: "arn:aws:kms:us-east-1:123456789012:key/1" };

function decided(name: string, status: number, failures = 1, use = PSEUDONYMS): string {
  const error = Object.assign(new Error("no"), { name, $metadata: { httpStatusCode: status } });
  const decision = decide(error, KEY, use, { failures });
  return decision.kind === "again" ? "again" : `${decision.error.code} ${decision.error.message}`;
}

describe("a failed Decrypt", () => {
  it("is tried again while KMS has trouble, or the host no credentials yet", () => {
    for (const [name, status] of [
      ["KMSInternalException", 500],
      ["DependencyTimeoutException", 503],
      ["KeyUnavailableException", 500],
      ["ThrottlingException", 400],
      ["", 502],
    ] as const) {
      assert.equal(decided(name, status), "again", name);
    }
    assert.equal(decided("CredentialsProviderError", 0), "again");
    assert.match(decided("CredentialsProviderError", 0, 5), /^NO_CREDENTIALS /);
  });

  it("ends the job in one sentence where somebody must mend it", () => {
    const all: readonly (readonly [string, RegExp])[] = [
      ["AccessDeniedException", /^ACCESS_DENIED KMS refused Decrypt .*allow kms:Decrypt on arn:.*key\/1/],
      ["InvalidCiphertextException", /^BAD_OPTION .*purpose=beam-chat-sessions-redaction/],
      ["IncorrectKeyException", /^BAD_OPTION .*not wrapped by/],
      ["NotFoundException", /^BAD_OPTION .*there is no KMS key/],
      ["DisabledException", /^BAD_OPTION .*is disabled/],
      ["KMSInvalidStateException", /^BAD_OPTION .*cancel its deletion/],
      ["UnrecognizedClientException", /^NO_CREDENTIALS /],
    ];
    for (const [name, sentence] of all) assert.match(decided(name, 400), sentence, name);
    assert.match(
      decided("NotFoundException", 400, 1, WEBHOOK),
      /--alert-webhook-key-wrapped .*--alert-webhook-kms-key/,
    );
    assert.match(decided("IncorrectKeyException", 400, 1, WEBHOOK), /purpose=beam-chat-sessions-webhook.*docs\/alerts/);
  });
});
