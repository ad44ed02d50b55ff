import assert from "node:assert/strict";
import { decideAsked } from "../../../../src/io/bedrock/ask";
import { decide, type Decision } from "../../../../src/io/bedrock/retry";
import { REFUSALS, type RefusalName } from "../../../../src/local/bedrock/refusals";

const MODEL = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";

function of(name: string, message: string): Decision {
  return decide({ name, message, statusCode: 400, timedOut: false }, MODEL);
}

function told(decision: Decision): string {
  assert(decision.kind === "fatal", JSON.stringify(decision));
  return decision.message;
}

const denied = (message: string) => of("AccessDeniedException", message);
const invalid = (message: string) => of("ValidationException", message);
const missing = (message: string) => of("ResourceNotFoundException", message);

describe("a refusal of the account", () => {
  const CASES: Readonly<Record<string, readonly [cure: RegExp, mayPass: boolean, forms: readonly Decision[]]>> = {
    "the use-case form": [
      /^Anthropic's use-case form is missing .* fill it in once .* 15 minutes/,
      true,
      [
        missing("Model use case details have not been submitted for this account. Fill out the form."),
        invalid("The model returned the following errors: You have not filled out the required use-case form."),
        invalid("You have not filled out the required use case form for this model."),
        invalid("Model use case details have not been submitted for this account."),
        denied("Model use case details have not been submitted for this account. Try again in 15 minutes."),
        denied("Your account has not submitted the use case form for this provider."),
      ],
    ],
    "the means of payment": [
      /^The account has no valid means of payment .* under Billing/,
      true,
      [
        denied(
          "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided..",
        ),
        denied("A valid payment method must be on file. Your AWS Marketplace subscription cannot be completed."),
        invalid(
          "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.",
        ),
      ],
    ],
    "the subscription": [
      /^The account is not subscribed .* aws-marketplace:Subscribe/,
      true,
      [
        denied(
          "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. ... try again after 2 minutes.",
        ),
        denied("Your AWS Marketplace subscription for this model cannot be completed at this time."),
        denied("You are not authorized to perform aws-marketplace:Subscribe."),
      ],
    ],
    "the agreement": [
      /^The account's agreement .* quarter of an hour/,
      true,
      [
        denied("The agreement for this model is pending."),
        denied("Model access is denied due to Agreement in progress."),
      ],
    ],
    "a service control policy": [
      /^An explicit deny in a service control policy forbids .* global\. runs in all of them/,
      false,
      [
        denied("... with an explicit deny in a service control policy"),
        denied(
          "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-north-1::foundation-model/x with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1",
        ),
      ],
    ],
    "another policy": [
      /^An explicit deny in a (identity-based policy|permissions boundary|vpc endpoint policy) forbids/,
      false,
      [
        denied("User: x is not authorized to perform: y with an explicit deny in an identity-based policy"),
        denied(
          "User: x is not authorized to perform: aws-marketplace:Subscribe with an explicit deny in a VPC endpoint policy",
        ),
        denied("User: x is not authorized to perform: y with an explicit deny in a permissions boundary"),
      ],
    ],
    "the account itself": [
      /^AWS does not let this account .* AWS Support/,
      false,
      [
        invalid("Your account is not authorized to invoke this API operation."),
        invalid("Operation not allowed"),
        denied("Your account is not authorized to invoke this API operation."),
      ],
    ],
    "the country": [
      /^Anthropic does not serve the country .* --summary-model/,
      false,
      [
        invalid(
          "Access to Anthropic models is not allowed from unsupported countries, regions, or territories. Please refer to https://…",
        ),
      ],
    ],
    "a right that lacks": [
      /^Access to .* was denied: allow bedrock:InvokeModel/,
      false,
      [
        denied("You don't have access to the model with the specified model ID."),
        denied("User: x is not authorized to perform: bedrock:InvokeModel because no identity-based policy allows it"),
        denied(""),
      ],
    ],
  };
  for (const [what, [cure, mayPass, forms]] of Object.entries(CASES)) {
    it(`by ${what} has its own sentence, in all its forms`, () => {
      for (const decision of forms) {
        assert(decision.kind === "fatal" && decision.code === "ACCESS_DENIED", JSON.stringify(decision));
        assert.match(decision.message, cure);
        assert(decision.message.includes(MODEL));
        assert.equal(decision.mayPass, mayPass, decision.message);
      }
    });
  }

  it("shows AWS's own message beside the advice, on one line, cut and harmless", () => {
    assert.match(told(denied("not\nyours\u001b[2J \u202egnorw")), /\. AWS says: "not yours \[2J gnorw"$/);
    assert.match(told(denied(`${"a".repeat(600)}END`)), / AWS says: "a{500}…"$/);
    assert.match(told(missing('no model "x"')), / AWS says: "no model 'x'"$/);
    assert.doesNotMatch(told(denied(" \n ")), /AWS says/);
  });

  it("shows nothing that an invalid request may have put behind the recognised words", () => {
    const quoting = invalid("Your account is not authorized to invoke this API operation: S3CRET words of a chat");
    assert.match(told(quoting), / AWS says: "Your account is not authorized to invoke this API operation"$/);
  });

  it("shows nothing of a 403 that is not AWS's", () => {
    const proxy = decide({ name: "UnknownError", message: "S3CRET", statusCode: 403, timedOut: false }, MODEL);
    assert.doesNotMatch(told(proxy), /S3CRET|AWS says/);
  });

  it("is one of the day's tokens when AWS says so, and is waited for", () => {
    for (const [name, message, cause] of [
      ["ThrottlingException", "Too many tokens per day, please wait before trying again.", "dayQuota"],
      ["ThrottlingException", "Too many requests per day.", "dayQuota"],
      ["ServiceQuotaExceededException", "You have reached your daily limit of tokens.", "dayQuota"],
      ["ThrottlingException", "Too many tokens, please wait before trying again.", "throttled"],
      ["ThrottlingException", "Too many requests, please wait before trying again.", "throttled"],
    ] as const) {
      const decision = of(name, message);
      assert(decision.kind === "retry" && decision.cause === cause, message);
    }
  });
});

describe("a question that the account is refused", () => {
  const QUESTION = { model: MODEL, where: "here", region: "eu-west-1", maxThrottledMs: 0 };
  const EXPECTED: Readonly<Record<RefusalName, readonly [code: string, sentence: RegExp]>> = {
    useCaseForm: ["ACCESS_DENIED", /use-case form .* AWS says: "Model use case details/],
    useCaseFormInvalid: ["ACCESS_DENIED", /use-case form .* AWS says: "The model returned .* for this model\."$/],
    marketplace: ["ACCESS_DENIED", /AWS Marketplace: call the model once .* AWS says: "Model access is denied/],
    payment: ["ACCESS_DENIED", /means of payment .* AWS says: ".*INVALID_PAYMENT_INSTRUMENT/],
    agreement: ["ACCESS_DENIED", /agreement .* quarter of an hour/],
    serviceControlPolicy: ["ACCESS_DENIED", /explicit deny in a service control policy/],
    identityPolicy: ["ACCESS_DENIED", /allow bedrock:InvokeModel .* AWS says: ".*no identity-based policy/],
    modelAccess: ["ACCESS_DENIED", /allow bedrock:InvokeModel/],
    accountNotAuthorized: ["ACCESS_DENIED", /AWS Support/],
    operationNotAllowed: ["ACCESS_DENIED", /AWS Support/],
    country: ["ACCESS_DENIED", /country/],
    tokensPerDay: ["SERVICE_UNREACHABLE", /tokens of this day .* higher quota .* AWS says: "Too many tokens per day/],
    throttled: ["again", /./],
    unavailable: ["again", /./],
    unheardOf: [
      "BAD_OPTION",
      /rejects even a greeting, so try it once .* give another model: .* AWS says: "The gateway of this account is asleep\."\.$/,
    ],
  };
  for (const [name, [code, sentence]] of Object.entries(EXPECTED)) {
    it(`${name}: ${code}`, () => {
      const { type, message, statusCode } = REFUSALS[name as RefusalName]();
      const failure = { name: type, message, statusCode, timedOut: false };
      const decision = decideAsked({ failure, cause: undefined }, { failures: 1, failingForMs: 0 }, QUESTION);
      if (decision.kind !== "fatal") return assert.equal(decision.kind, code);
      const { code: own, message: words } = decision.error as { readonly code: string; readonly message: string };
      assert.equal(own, code);
      assert.match(words, sentence);
    });
  }

  it("says at once that there are no credentials", () => {
    const failure = { name: "CredentialsProviderError", message: "", timedOut: false };
    const decision = decideAsked({ failure, cause: undefined }, { failures: 1, failingForMs: 0 }, QUESTION);
    assert(decision.kind === "fatal" && /No AWS credentials were found for Bedrock/.test(String(decision.error)));
  });

  it("names the embedding model that the region has", () => {
    const failure = {
      name: "ValidationException",
      message: "The provided model identifier is invalid.",
      timedOut: false,
    };
    for (const [model, region, sentence] of [
      [
        "amazon.titan-embed-text-v1",
        "eu-west-1",
        /not offered in eu-west-1: give --embedding-model amazon\.titan-embed-text-v2:0/,
      ],
      ["amazon.titan-embed-g1-text-02", "ap-south-1", /not offered in ap-south-1/],
      ["amazon.titan-embed-text-v1", "us-east-1", /check the model's id/],
      ["amazon.titan-embed-text-v2:0", "eu-west-1", /check the model's id/],
      [MODEL, "eu-west-1", /check the model's id/],
    ] as const) {
      const decision = decideAsked(
        { failure, cause: undefined },
        { failures: 1, failingForMs: 0 },
        { ...QUESTION, model, region },
      );
      assert(decision.kind === "fatal" && sentence.test(String(decision.error)), `${model} ${region}`);
    }
  });
});
