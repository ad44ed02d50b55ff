import assert from "node:assert/strict";
import { decideAsked } from "../../../../src/io/bedrock/ask";

const QUESTION = { model: "m", where: "the region us-east-1", region: "us-east-1", maxThrottledMs: 60_000 };

interface Met {
  readonly name: string;
  readonly timedOut?: boolean;
  readonly failures: number;
  readonly failingForMs?: number;
}

/** The decision after these failures, as its kind with its value, or a fatal error's code. */
function told({ name, timedOut = false, failures, failingForMs = 0 }: Met): string {
  const failure = { name, message: "", timedOut };
  const decision = decideAsked({ failure, cause: undefined }, { failures, failingForMs }, QUESTION);
  if (decision.kind === "fatal") return (decision.error as { readonly code: string }).code;
  return decision.kind === "done" ? decision.value.kind : decision.kind;
}

describe("a question to a model that fails", () => {
  const CASES: readonly (readonly [met: Met, expected: string])[] = [
    [{ name: "ServiceUnavailableException", failures: 4 }, "again"],
    [{ name: "ServiceUnavailableException", failures: 5 }, "SERVICE_UNREACHABLE"],
    [{ name: "AbortError", timedOut: true, failures: 1 }, "SERVICE_UNREACHABLE"],
    [{ name: "ThrottlingException", failures: 30, failingForMs: 59_000 }, "again"],
    [{ name: "ThrottlingException", failures: 4, failingForMs: 61_000 }, "again"],
    [{ name: "ThrottlingException", failures: 30, failingForMs: 60_000 }, "throttled"],
    [{ name: "ExpiredTokenException", failures: 1 }, "NO_CREDENTIALS"],
    [{ name: "AccessDeniedException", failures: 1 }, "ACCESS_DENIED"],
    [{ name: "ValidationException", failures: 1 }, "BAD_OPTION"],
  ];
  for (const [met, expected] of CASES) {
    it(`${JSON.stringify(met)}: ${expected}`, () => assert.equal(told(met), expected));
  }
});
