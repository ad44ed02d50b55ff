import assert from "node:assert/strict";
import { type AwsFailure, failureOf } from "../../../../src/io/aws/failure";
import { decide, type Decision } from "../../../../src/io/bedrock/retry";

const MODEL = "anthropic.claude-3-haiku-20240307-v1:0";

function of(name: string, message = "", more: Partial<AwsFailure> = {}): Decision {
  return decide({ name, message, timedOut: false, ...more }, MODEL);
}

function outcome(decision: Decision): string {
  if (decision.kind === "retry") return decision.cause;
  return decision.kind === "fatal" ? decision.code : decision.kind;
}

const TOO_LONG = [
  "Input is too long for requested model.",
  "prompt is too long: 208310 tokens > 200000 maximum",
  "The model returned the following errors: prompt is too long: 200049 tokens > 200000 maximum",
  "input length and `max_tokens` exceed context limit: 197202 + 21333 > 200000",
  "400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: 9000",
  "Malformed input request: #/inputText: expected maxLength: 50000, actual: 60000",
];
const FATAL = [
  "Operation not allowed",
  "The provided model identifier is invalid.",
  "You have not filled out the required use-case form for this model.",
  "Model use case details have not been submitted for this account.",
  "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.",
  "Your account is not authorized to invoke this API operation.",
  "Access to Anthropic models is not allowed from unsupported countries, regions, or territories.",
  `Invocation of model ID ${MODEL} with on-demand throughput isn’t supported.`,
  "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model",
  "This model version has reached the end of its life.",
  "This model doesn't support tool use.",
  "The maximum tokens you requested exceeds the model limit of 4096.",
  "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens",
  "Malformed input request: extraneous key [dimensions] is not permitted",
  "Malformed input request: #/dimensions: 300 is not a valid enum value",
];

describe("the retry decision", () => {
  it("repeats throttling, outages, time-outs and broken connections", () => {
    const cases: readonly (readonly [Decision, string])[] = [
      [of("ThrottlingException", "", { statusCode: 429 }), "throttled"],
      [of("TooManyRequestsException"), "throttled"],
      [of("ServiceQuotaExceededException"), "throttled"],
      [of("ServiceUnavailableException", "", { statusCode: 503 }), "unavailable"],
      [of("InternalServerException", "", { statusCode: 500 }), "unavailable"],
      [of("ModelNotReadyException", "", { statusCode: 429 }), "unavailable"],
      [of("ModelTimeoutException", "", { statusCode: 408 }), "timedOut"],
      [of("AbortError", "", { timedOut: true }), "timedOut"],
      [of("TimeoutError"), "timedOut"],
      [of("ModelErrorException", "", { statusCode: 424 }), "modelError"],
      [of("CredentialsProviderError"), "credentials"],
      [of("Error", "connect ECONNREFUSED", { networkCode: "ECONNREFUSED" }), "unavailable"],
      [of("Error", "", { networkCode: "ENOTFOUND" }), "unavailable"],
      [of("Error", "", { networkCode: "ERR_HTTP2_STREAM_CANCEL" }), "unavailable"],
      [of("502", "", { statusCode: 502 }), "unavailable"],
      [of("Unknown", "", { statusCode: 429 }), "throttled"],
      [of("SyntaxError", "Unexpected token <", { statusCode: 200 }), "unavailable"],
    ];
    for (const [decision, expected] of cases) assert.equal(outcome(decision), expected);
  });

  it("ends the run for settings and rights, with advice that names the model", () => {
    const cases: readonly (readonly [Decision, string, RegExp])[] = [
      [of("AccessDeniedException", "You don't have access"), "ACCESS_DENIED", /bedrock:InvokeModel/],
      [of("ValidationException", "Operation not allowed"), "ACCESS_DENIED", /AWS Support/],
      [
        of("ResourceNotFoundException", "Access denied. This Model is marked by provider as Legacy and you have not"),
        "MODEL_NOT_FOUND",
        /end of life/,
      ],
      [
        of("ResourceNotFoundException", "This model version has reached the end of its life."),
        "MODEL_NOT_FOUND",
        /one that lives/,
      ],
      [of("ResourceNotFoundException", "not found"), "MODEL_NOT_FOUND", /does not exist in this region/],
      [
        of("ValidationException", "The provided model identifier is invalid."),
        "MODEL_NOT_FOUND",
        /check the model's id/,
      ],
      [
        of("ValidationException", `Invocation of model ID ${MODEL} with on-demand throughput isn’t supported.`),
        "MODEL_NOT_FOUND",
        /global\.anthropic/,
      ],
      [of("ExpiredTokenException"), "NO_CREDENTIALS", /renew/],
      [of("UnrecognizedClientException"), "NO_CREDENTIALS", /does not accept/],
      [of("UnknownOperationException", "", { statusCode: 404 }), "SERVICE_UNREACHABLE", /--bedrock-endpoint/],
      [of("ValidationException", "This model doesn't support tool use."), "BAD_OPTION", /--structured text/],
      [
        of("ValidationException", "The maximum tokens you requested exceeds the model limit of 4096."),
        "BAD_OPTION",
        /--max-tokens/,
      ],
      [of("ValidationException", "extraneous key [dimensions] is not permitted"), "BAD_OPTION", /dimensions/],
      [of("TypeError", "x is not a function"), "PIPELINE", /in this program/],
    ];
    for (const [decision, code, advice] of cases) {
      assert(decision.kind === "fatal" && decision.code === code, outcome(decision));
      assert.match(decision.message, advice);
    }
  });

  it("tells inputs that are too long from inputs that are refused", () => {
    for (const message of TOO_LONG) {
      assert.equal(outcome(of("ValidationException", message)), "tooLong", message);
    }
    assert.equal(outcome(of("Unknown", "", { statusCode: 413 })), "tooLong");
    assert.equal(outcome(of("ValidationException", "Output blocked by content filtering policy")), "refused");
    assert.equal(outcome(of("ConflictException", "", { statusCode: 400 })), "refused");
  });

  it("decides nothing by what a chat says, wherever the service quotes it", () => {
    const said = [...TOO_LONG, ...FATAL, "Output blocked by content filtering policy", "socket hang up"];
    for (const chat of said) {
      for (const quoting of [
        `Malformed input request: #/messages/0/content: ${chat}`,
        `Malformed input request: string [${chat}] does not match pattern`,
        `1 validation error detected: Value '${chat}' at 'messages' failed to satisfy constraint`,
        `The model returned the following errors: I cannot read "${chat}"`,
        `Invalid text\n${chat}`,
        `${chat.slice(0, -5)}, a user said`.replace(/^/, "> "),
      ]) {
        assert.deepEqual(
          of("ValidationException", quoting, { statusCode: 400 }),
          {
            kind: "refused",
            reason: "the model rejected the request as invalid (ValidationException)",
            isCertain: false,
          },
          quoting,
        );
      }
      const unnamed = failureOf({ name: "OddException", message: chat, $metadata: { httpStatusCode: 400 } });
      assert.equal(outcome(decide(unnamed, MODEL)), "refused", chat);
      const missing = of("ResourceNotFoundException", `no "${chat}"`, { statusCode: 404 });
      assert(missing.kind === "fatal" && /does not exist in this region/.test(missing.message), chat);
    }
  });

  it("never puts a service's words about the input into a reason or an error", () => {
    for (const name of ["ValidationException", "ConflictException", "ThrottlingException", "Odd", "TypeError"]) {
      for (const statusCode of [400, 403, 404, 413, 418]) {
        const decision = of(name, "S3CRET words of a chat", { statusCode });
        assert(!JSON.stringify(decision).includes("S3CRET"), name);
      }
    }
  });

  it("passes on how long the service asks to be left alone", () => {
    const failure = Object.assign(new Error(), {
      name: "ThrottlingException",
      $response: { headers: { "retry-after": "3" } },
    });
    assert.deepEqual(decide(failureOf(failure), MODEL), { kind: "retry", cause: "throttled", retryAfterMs: 3_000 });
  });
});
