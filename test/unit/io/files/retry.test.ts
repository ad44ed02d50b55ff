import assert from "node:assert/strict";
import type { FatalCode } from "../../../../src/chat/errors";
import { ChangedFile } from "../../../../src/io/files/api";
import { tryAtStart } from "../../../../src/io/files/keep-trying";
import { decide, type FilesCall } from "../../../../src/io/files/retry";
import { isFatal } from "../../../support/chat/fatal";

const READ: FilesCall = { operation: "s3:GetObject", name: "2026/chat.gz" };
const LIST: FilesCall = { operation: "s3:ListBucket", name: "s3://chats/2026" };
const OPEN: FilesCall = { operation: "open", name: "/data/chat.jsonl" };

function aws(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error("no"), { name, $metadata: { httpStatusCode } });
}

function node(code: string): Error {
  return Object.assign(new Error("no"), { code });
}

const FATAL: readonly (readonly [what: string, error: Error, call: FilesCall, code: FatalCode, sentence: RegExp])[] = [
  [
    "a missing bucket",
    aws("NoSuchBucket", 404),
    LIST,
    "INPUT_NOT_FOUND",
    /bucket of s3:\/\/chats\/2026 does not exist/,
  ],
  ["another region", aws("PermanentRedirect", 301), LIST, "INPUT_NOT_FOUND", /another region .* --region/],
  ["a missing right", aws("AccessDenied", 403), READ, "ACCESS_DENIED", /refused s3:GetObject on 2026\/chat.gz .*allow/],
  ["an archived object", aws("InvalidObjectState", 403), READ, "INPUT_NOT_FOUND", /is archived .*: restore it/],
  ["an unknown key", aws("InvalidAccessKeyId", 403), READ, "NO_CREDENTIALS", /does not accept the credentials for S3/],
  ["an ended session", aws("ExpiredToken", 400), READ, "NO_CREDENTIALS", /have expired/],
  ["a file of another user", node("EACCES"), OPEN, "ACCESS_DENIED", /may not be read by this user/],
  ["no file", node("ENOENT"), OPEN, "INPUT_NOT_FOUND", /does not exist/],
  ["a broken disk", node("EIO"), OPEN, "INPUT_NOT_FOUND", /cannot be read \(EIO\)/],
  ["a changed file", new ChangedFile("a"), OPEN, "INPUT_CHANGED", /changed, or was removed/],
];
const PASSING: readonly (readonly [error: Error, call: FilesCall])[] = [
  [aws("SlowDown", 503), READ],
  [aws("InternalError", 500), READ],
  [node("ECONNRESET"), READ],
  [Object.assign(new Error("slow"), { name: "TimeoutError" }), READ],
  [node("EMFILE"), OPEN],
];

describe("trouble with reading files", () => {
  for (const [what, error, call, code, sentence] of FATAL) {
    it(`ends with ${code} for ${what}`, () => {
      const decision = decide(error, call);
      assert.ok(decision.kind === "fatal" && isFatal(code, sentence)(decision.error), JSON.stringify(decision));
    });
  }

  for (const [error, call] of PASSING) {
    it(`is waited out: ${error.name} ${"code" in error ? String(error.code) : ""}`, () => {
      assert.equal(decide(error, call).kind, "retry");
    });
  }

  it("is named at the start, where a running job would wait", async () => {
    let calls = 0;
    const refused = (error: Error) => (): Promise<never> => {
      calls++;
      return Promise.reject(error);
    };
    await assert.rejects(
      tryAtStart(LIST, refused(node("ECONNREFUSED"))),
      isFatal("SERVICE_UNREACHABLE", /does not answer/),
    );
    assert.equal(calls, 3);
    const missing = Object.assign(new Error("no"), { name: "CredentialsProviderError" });
    await assert.rejects(
      tryAtStart(LIST, refused(missing)),
      isFatal("NO_CREDENTIALS", /No AWS credentials were found for S3/),
    );
  });
});
