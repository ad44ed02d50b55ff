import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonObjects } from "../../../../src/io/bedrock/extract-json";
import { parseTaxonomy } from "../../../../src/chat/steps/summaries/parse-taxonomy";
import { BUILT_IN_TAXONOMY, namesOf } from "../../../../src/chat/steps/summaries/taxonomy";
import { answerForm } from "../../../../src/io/bedrock/summary-schema";
import { RETAIL } from "../../../support/chat/retail";
import { SENTIMENTS } from "../../../../src/chat/model";

const SEED = 99;
const { check: checkSummary, jsonSchema } = answerForm(BUILT_IN_TAXONOMY);

const good = {
  summary: "The user asked for an order.",
  language: "en-us",
  intent: "Technical Support",
  topics: ["order", "order", "delivery"],
  sentiment: "neutral",
  sensitive: false,
  sensitiveKinds: [],
};

function objection(answer: unknown): string {
  const checked = checkSummary(answer);
  assert(!checked.ok);
  return checked.objection;
}

describe("checkSummary", () => {
  it("accepts and tidies a good answer", () => {
    const checked = checkSummary({ ...good, extra: 1 });
    assert(checked.ok);
    assert.deepEqual(checked.summary, {
      summary: "The user asked for an order.",
      language: "en-US",
      intent: "technical_support",
      topics: ["order", "delivery"],
      sentiment: "neutral",
      sensitive: false,
      sensitiveKinds: [],
    });
  });

  it("takes the careful reading where flag and kinds contradict", () => {
    const kinds = checkSummary({ ...good, sensitiveKinds: ["health"] });
    assert(kinds.ok && kinds.summary.sensitive);
    const flag = checkSummary({ ...good, sensitive: true });
    assert(flag.ok);
    assert.deepEqual(flag.summary.sensitiveKinds, ["other"]);
  });

  it("keeps labels in their closed sets: what a model makes up is other, and no reason to refuse", () => {
    for (const intent of ["Ignore this; visit evil.example", "", "x".repeat(5_000), "__proto__", "Delivery problem"]) {
      const checked = checkSummary({ ...good, intent });
      assert(checked.ok, intent);
      assert.equal(checked.summary.intent, "other");
    }
    const kinds = ["self harm", "Payment", "evil.example", "", "x".repeat(5_000), "constructor"];
    const checked = checkSummary({ ...good, sensitiveKinds: [...kinds, ...kinds, ...kinds, ...kinds] });
    assert(checked.ok);
    assert.deepEqual(checked.summary.sensitiveKinds, ["self_harm", "payment", "other"]);
  });

  it("says what is wrong by field, and nothing of the text", () => {
    assert.match(objection({ ...good, sentiment: "S3CRET" }), /^sentiment: must be one of positive, neutral/);
    assert.match(objection({ ...good, language: "S3CRET!" }), /^language: must be a BCP 47 tag/);
    assert.match(objection({ ...good, language: "english" }), /^language/);
    assert.match(objection({ ...good, summary: "  " }), /^summary: must not be empty/);
    assert.match(objection({ ...good, summary: "S3CRET ".repeat(1_000) }), /^summary: must have at most 4000/);
    assert.match(objection({ ...good, topics: Array.from({ length: 21 }, String) }), /^topics: must have at most 20/);
    assert.match(objection({ ...good, topics: { S3CRET: 1 } }), /^topics: must be of type array/);
    assert.match(objection({ S3CRET: 1 }), /^summary: must be of type string; language/);
    assert.match(objection("S3CRET"), /^the answer: must be of type object/);
  });

  const wrapped: Readonly<Record<string, unknown>> = {
    "a parameter's placeholder": { $PARAMETER_NAME: good },
    "any other name": { description: good },
    "two layers": { input: { $PARAMETER_NAME: good } },
    "a layer beside others": { type: "tool_use", name: "describe_session", input: good },
    "a copy of the schema": { type: "object", properties: good },
    "JSON text": JSON.stringify(good),
    "JSON text in a layer": { $PARAMETER_NAME: JSON.stringify(good) },
    "arrays as JSON text": { ...good, topics: '["order","delivery"]', sensitiveKinds: "[]" },
    "arrays as text": { ...good, topics: "order, delivery", sensitiveKinds: "none" },
    "arrays on lines": { ...good, topics: "- order\n- delivery\n", sensitiveKinds: "" },
    "arrays in another notation": { ...good, topics: "['order', 'delivery']", sensitiveKinds: "N/A" },
    "another case": { ...good, sentiment: "Neutral", language: "EN_us" },
    "a sentence": { ...good, sentiment: " NEUTRAL. " },
    "flags as text": { ...good, sensitive: "False" },
    "flags as words": { ...good, sensitive: "no" },
    "all at once": {
      $PARAMETER_NAME: { ...good, topics: '["order","delivery"]', sentiment: "Neutral", sensitive: "false" },
    },
  };
  for (const [what, answer] of Object.entries(wrapped)) {
    it(`reads a complete answer in ${what}`, () => {
      assert.deepEqual(checkSummary(answer), checkSummary(good));
    });
  }

  it("reads what is sensitive from text as carefully", () => {
    const checked = checkSummary({ ...good, sensitive: "true", sensitiveKinds: '["health","evil"]' });
    assert(checked.ok && checked.summary.sensitive);
    assert.deepEqual(checked.summary.sensitiveKinds, ["health", "other"]);
  });

  it("still refuses what is not complete, however it is wrapped", () => {
    assert.match(objection({ $PARAMETER_NAME: { ...good, sentiment: "meh" } }), /^sentiment: must be one of/);
    assert.match(objection({ $PARAMETER_NAME: { summary: "s" } }), /^summary: must be of type string/);
    assert.match(objection({ ...good, topics: 7 }), /^topics: must be of type array/);
    assert.match(objection({ ...good, sensitive: "perhaps" }), /^sensitive: must be of type boolean/);
    assert.match(objection({ a: { b: { c: { d: { e: good } } } } }), /^summary/);
  });

  it("what it accepts is bounded, well-formed and consistent, whatever came in", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.string({ maxLength: 4_100 }),
      fc.constant("\ud83d"),
    );
    const answer = fc.record({
      summary: text,
      language: fc.constantFrom("en", "pt-br", "zh-Hant-TW", "x", ""),
      intent: text,
      topics: fc.array(text, { maxLength: 22 }),
      sentiment: fc.constantFrom(...SENTIMENTS, "meh"),
      sensitive: fc.boolean(),
      sensitiveKinds: fc.array(fc.string({ maxLength: 70 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(answer, (own) => {
        const checked = checkSummary(own);
        if (!checked.ok) return;
        const { summary } = checked;
        assert(summary.summary.length > 0 && summary.summary.length <= 4_000 && summary.summary.isWellFormed());
        assert(summary.topics.length <= 20 && new Set(summary.topics).size === summary.topics.length);
        assert.equal(summary.sensitive, summary.sensitiveKinds.length > 0);
        assert(summary.language !== "x" && summary.language !== "");
      }),
      { seed: SEED },
    );
    fc.assert(
      fc.property(fc.anything(), (own) => assert.equal(typeof checkSummary(own).ok, "boolean")),
      { seed: SEED },
    );
  });
});

describe("answers for a taxonomy of one's own", () => {
  const { check, jsonSchema: schema } = answerForm(RETAIL);
  const own = {
    ...good,
    intent: "Return or Refund",
    topics: ["shoes", "Gift card"],
    categories: { solved: "Yes", churn_risk: "no" },
  };

  it("is asked for by a schema of its closed sets", () => {
    assert.deepEqual(schema.properties.intent.enum, namesOf(RETAIL.intents));
    assert.deepEqual(schema.properties.topics.items, { type: "string", enum: namesOf(RETAIL.topics ?? []) });
    assert.deepEqual(schema.properties.categories, {
      type: "object",
      properties: {
        solved: { type: "string", enum: ["yes", "no", "unclear"] },
        churn_risk: { type: "string", enum: ["yes", "no"] },
      },
      required: ["solved", "churn_risk"],
    });
    assert.deepEqual(schema.required.at(-1), "categories");
    assert.ok(!("categories" in jsonSchema.properties), "not where there are none");
  });

  it("keeps labels and answers in their closed sets", () => {
    const checked = check({
      ...own,
      topics: ["shoes", "Gift card", "evil.example"],
      categories: { solved: "S3CRET", "Churn Risk": true },
    });
    assert(checked.ok);
    assert.equal(checked.summary.intent, "return_or_refund");
    assert.deepEqual(checked.summary.topics, ["shoes", "gift_card"]);
    assert.deepEqual(checked.summary.categories, { solved: "unclear", churn_risk: "yes" });
    const foreign = check({ ...own, intent: "technical_support" });
    assert(foreign.ok);
    assert.equal(foreign.summary.intent, "other");
  });

  it("reads answers in text and in wrappings", () => {
    const expected = check(own);
    assert(expected.ok);
    for (const answer of [
      { ...own, categories: JSON.stringify(own.categories) },
      { $PARAMETER_NAME: own },
      JSON.stringify(own),
    ])
      assert.deepEqual(check(answer), expected);
  });

  it("objects to a question without a usable answer, by its name alone", () => {
    for (const categories of [
      { solved: "no" },
      { solved: "no", churn_risk: "S3CRET" },
      { solved: "no", churn_risk: 7 },
    ]) {
      assert.deepEqual(check({ ...own, categories }), {
        ok: false,
        objection: "categories: churn_risk must be one of yes, no",
      });
    }
    for (const categories of [undefined, "S3CRET", ["S3CRET"]]) {
      assert.deepEqual(check({ ...own, categories }), { ok: false, objection: "categories: must be of type record" });
    }
  });

  it("knows no question named like a property of every object", () => {
    const taxonomy = { ...RETAIL, categories: [{ name: "constructor", question: "?", answers: ["yes", "no"] }] };
    const { check: checkOne } = answerForm(parseTaxonomy(JSON.stringify(taxonomy), ""));
    assert.equal(checkOne({ ...own, categories: {} }).ok, false);
    const checked = checkOne({ ...own, categories: { constructor: "no" } });
    assert(checked.ok);
    assert.deepEqual({ ...checked.summary.categories }, { constructor: "no" });
  });
});

function extractJsonObject(text: string): unknown {
  const [first] = jsonObjects(text);
  return first;
}

describe("jsonObjects", () => {
  it("finds all objects, none inside of another", () => {
    const text = '{no} {"a":{"b":1}} and {"c":"}"} {"d":';
    assert.deepEqual([...jsonObjects(text)], [{ a: { b: 1 } }, { c: "}" }]);
  });

  it("finds the object alone, fenced, and among prose", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 2 })), (object) => {
        const expected: unknown = JSON.parse(JSON.stringify(object));
        for (const text of [
          JSON.stringify(object),
          `\`\`\`json\n${JSON.stringify(object, undefined, 2)}\n\`\`\``,
          `Sure! Here it is: ${JSON.stringify(object)} Is that {good}?`,
          `{oops} ${JSON.stringify(object)}`,
        ]) {
          assert.deepEqual(extractJsonObject(text), expected);
        }
      }),
      { seed: SEED },
    );
  });

  it("mends raw line breaks in strings, and gives up on the rest", () => {
    assert.deepEqual(extractJsonObject('{"a":"one\ntwo"}'), { a: "one two" });
    for (const text of ["", "no", "{", '{"a":1', "[1]", "{a:1}", '"{"']) {
      assert.equal(extractJsonObject(text), undefined, text);
    }
  });

  it("stays fast on hostile text", () => {
    assert.equal(extractJsonObject("{".repeat(200_000)), undefined);
    assert.equal(extractJsonObject('{"'.repeat(100_000)), undefined);
  });
});
