import assert from "node:assert/strict";
import { call } from "../../../runners/msf/aws";

function sdkError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

describe("a call to AWS that fails", () => {
  const CASES: readonly (readonly [error: Error, code: string, sentence: RegExp])[] = [
    [sdkError("CredentialsProviderError", "none"), "NO_CREDENTIALS", /^No AWS credentials were found: /],
    [sdkError("ExpiredTokenException", "old"), "NO_CREDENTIALS", /does not take the credentials while starting x/],
    [
      sdkError("AccessDeniedException", "User: u is not authorized to perform: a:B on resource: r."),
      "ACCESS_DENIED",
      /lack a right while starting x: User: u .* on resource: r; runners\/msf\/deployer-policy\.json/,
    ],
    [
      // The SDK's error for S3's answer to HEAD.
      Object.assign(sdkError("Unknown", "UnknownError"), { $metadata: { httpStatusCode: 403 } }),
      "ACCESS_DENIED",
      /lack a right while starting x: UnknownError; /,
    ],
    [sdkError("LimitExceededException", "64 KPUs."), "DEPLOYMENT", /quota .* starting x: 64 KPUs; ask for more/],
    [
      sdkError("ResourceInUseException", "It is updating"),
      "DEPLOYMENT",
      /changing it while starting x: It is updating; /,
    ],
    [
      Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }),
      "SERVICE_UNREACHABLE",
      /does not answer .*ENOTFOUND/,
    ],
    [
      sdkError("NoSuchBucket", "The bucket does not exist"),
      "DEPLOYMENT",
      /refused while starting x \(NoSuchBucket\): The bucket/,
    ],
  ];
  for (const [error, code, message] of CASES) {
    it(`becomes one sentence: ${error.name} ${error.message}`, async () => {
      await assert.rejects(
        call("starting x", () => Promise.reject(error)),
        { name: "JobError", code, message },
      );
    });
  }

  it("is handed on as it is to who handles it", async () => {
    const error = sdkError("NotFound", "no");
    await assert.rejects(
      call("looking", () => Promise.reject(error), ["NotFound"]),
      error,
    );
  });
});
