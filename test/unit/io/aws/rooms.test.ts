import assert from "node:assert/strict";
import { call } from "../../../../runners/msf/aws";
import type { FatalCode } from "../../../../src/chat/errors";
import { failureOf } from "../../../../src/io/aws/failure";
import { decide as decideBedrock } from "../../../../src/io/bedrock/retry";
import { decide as decideKinesis } from "../../../../src/io/kinesis/retry";
import { isFatal } from "../../../support/chat/fatal";

/** Failed authentication is NO_CREDENTIALS, a missing right ACCESS_DENIED, by AWS's "Common Error Types". */
const CODES: Readonly<Record<string, FatalCode>> = {
  UnrecognizedClientException: "NO_CREDENTIALS",
  InvalidClientTokenId: "NO_CREDENTIALS",
  InvalidSignatureException: "NO_CREDENTIALS",
  SignatureDoesNotMatch: "NO_CREDENTIALS",
  ExpiredTokenException: "NO_CREDENTIALS",
  AccessDeniedException: "ACCESS_DENIED",
  NotAuthorized: "ACCESS_DENIED",
  OptInRequired: "ACCESS_DENIED",
};

describe("what AWS says of those who ask", () => {
  for (const [name, code] of Object.entries(CODES)) {
    it(`${name} is ${code} wherever it is met`, async () => {
      const error = Object.assign(new Error("no"), { name, $metadata: { httpStatusCode: 400 } });
      const kinesis = decideKinesis(error, { operation: "GetRecords", streamName: "chat" });
      assert(kinesis.kind === "fatal");
      const bedrock = decideBedrock(failureOf(error), "m");
      assert(bedrock.kind === "fatal");
      assert.deepEqual([kinesis.error.code, bedrock.code], [code, code]);
      await assert.rejects(
        call("deploying", () => Promise.reject(error)),
        isFatal(code, /deploying/),
      );
    });
  }
});
