/** AWS's own words beside the advice, in each room alike. */
import assert from "node:assert/strict";
import { failureOf } from "../../../../src/io/aws/failure";
import { decide as decideBedrock } from "../../../../src/io/bedrock/retry";
import { decide as decideFiles } from "../../../../src/io/files/retry";
import { decide as decideKinesis } from "../../../../src/io/kinesis/retry";
import { denied } from "../../../../src/io/opensearch/requests/ask";
import { refusal } from "../../../../src/io/opensearch/requests/patiently";
import { decideItem, decideRequest } from "../../../../src/io/opensearch/requests/retry";
import { decideProbe } from "../../../../src/io/opensearch/indexes/target-probe";

const CALLER = "User: arn:aws:sts::123456789012:assumed-role/job/worker is not authorized to perform";
const DENY = `${CALLER}: a:B on resource: arn:aws:x with an explicit deny in a service control policy`;
const NO_RIGHT = `${CALLER}: a:B on resource: arn:aws:x because no identity-based policy allows the a:B action`;
const PLUGIN = "no permissions for [indices:data/write/bulk] and User [name=ann, backend_roles=[chat]]";

const told = (decision: { readonly kind: string; readonly error?: unknown; readonly message?: string }): string =>
  decision.message ?? (decision.error as Error).message;

/** The sentence of each room about the answer 403 with this message. */
const ROOMS: Readonly<Record<string, (message: string, name?: string) => string>> = {
  Kinesis: (message, name = "AccessDeniedException") =>
    told(decideKinesis(sdkError(name, message), { operation: "GetRecords", streamName: "chat" })),
  S3: (message, name = "AccessDenied") =>
    told(decideFiles(sdkError(name, message), { operation: "s3:GetObject", name: "a.gz" })),
  Bedrock: (message, name = "AccessDeniedException") => told(decideBedrock(failureOf(sdkError(name, message)), "m")),
  "OpenSearch, at the start": (message) => refusal("create it", { status: 403, body: { Message: message } }).message,
  "OpenSearch, a request": (message) => told(decideRequest({ status: 403, body: { message } })),
  "OpenSearch, a search": (message) => denied("chat", { status: 403, body: { message } }).message,
};

function sdkError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 403 } });
}

describe("a refusal of a known caller", () => {
  for (const [room, sentence] of Object.entries(ROOMS)) {
    it(`names the policy that forbids it explicitly, who lifts that, and AWS's words: ${room}`, () => {
      assert.match(
        sentence(DENY),
        /an explicit deny in a service control policy forbids.*ask whoever administers the account .*AWS says: "User: arn:aws:sts/i,
      );
    });

    it(`names the right that is lacking, and AWS's words: ${room}`, () => {
      assert.match(sentence(NO_RIGHT), /allow .* AWS says: "User: .*no identity-based policy/);
      assert.doesNotMatch(sentence(NO_RIGHT), /explicit deny/);
    });

    it(`repeats nothing of somebody who is not AWS: ${room}`, () => {
      assert.doesNotMatch(sentence("you sent: my card is 4111", "403"), /4111/);
    });
  }

  it("has the words of OpenSearch's security plugin", () => {
    const error = { type: "security_exception", reason: PLUGIN };
    const probe = [
      { status: 403, error },
      { status: 403, error },
    ];
    const verdict = decideProbe("chat", new Set(["chat"]), probe);
    assert(verdict.kind === "refuses");
    for (const sentence of [
      told(decideRequest({ status: 403, body: { error } })),
      told(decideItem({ status: 403, error }, "id", "chat")),
      refusal("create it", { status: 403, body: { error } }).message,
      verdict.message,
    ]) {
      assert.match(sentence, /OpenSearch says: "no permissions for \[indices:data\/write\/bulk\] and User \[name=ann/);
    }
  });
});
