import assert from "node:assert/strict";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import path from "node:path";
import { MAX_TAXONOMY_BYTES, parseTaxonomy } from "../../../../../src/chat/steps/summaries/parse-taxonomy";
import { buildPrompt, FENCE_END, FENCE_START } from "../../../../../src/chat/steps/summaries/prompt";
import {
  answerIn,
  BUILT_IN_TAXONOMY,
  labelIn,
  namesOf,
  type Taxonomy,
  taxonomyHash,
} from "../../../../../src/chat/steps/summaries/taxonomy";
import { isFatal } from "../../../../support/chat/fatal";
import { RETAIL, RETAIL_JSON } from "../../../../support/chat/retail";
import { linesBy, sessionPart } from "../../../../support/chat/session-parts";

const SEED = 2_029;
const other = { name: "other" };
const least = { intents: [other], sensitiveKinds: [other] };

/** Returns the sentence that refuses this text, or this value as JSON. */
function refusal(given: unknown): string {
  const text = typeof given === "string" ? given : JSON.stringify(given);
  try {
    parseTaxonomy(text, "--taxonomy mine.json");
  } catch (error) {
    assert.ok(isFatal("BAD_OPTION", /./)(error), String(error));
    return (error as Error).message;
  }
  return assert.fail(`not refused: ${text}`);
}

describe("parseTaxonomy", () => {
  it("reads the documentation's example, with names as the index has them", () => {
    assert.deepEqual(namesOf(RETAIL.intents).slice(0, 3), ["delivery", "return_or_refund", "product_question"]);
    assert.equal(RETAIL.topics?.at(-1)?.name, "gift_card");
    assert.deepEqual(RETAIL.categories.at(-1)?.answers, ["yes", "no"]);
    assert.equal(RETAIL.categories.at(-1)?.name, "churn_risk");
  });

  it("reads the one on the documentation's page", () => {
    const page = readFileSync(path.resolve(__dirname, "../../../../../docs/taxonomy.md"), "utf8");
    const [, json = ""] = /## The file\n[^]*?```json\n([^]*?)```/.exec(page) ?? [];
    assert.deepEqual(namesOf(parseTaxonomy(json, "").intents), ["delivery", "other"]);
  });

  it("takes the built-in one, and the least that there may be", () => {
    assert.deepEqual(parseTaxonomy(JSON.stringify(BUILT_IN_TAXONOMY), ""), BUILT_IN_TAXONOMY);
    assert.deepEqual(parseTaxonomy(JSON.stringify(least), ""), { ...least, categories: [] });
  });

  it("reads back what it has read", () => {
    assert.deepEqual(parseTaxonomy(JSON.stringify(RETAIL), ""), RETAIL);
  });

  const question = { name: "solved", question: "Was it solved?", answers: ["yes", "no"] };
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `n${index}` }));
  const cases: readonly (readonly [what: string, given: unknown, sentence: RegExp])[] = [
    ["no JSON", '{"intents": [}', /^--taxonomy mine\.json is no JSON \(line 1, character 14\): mend/],
    ["no JSON on a later line", '{\n  "intents": [],\n  x\n}', /is no JSON \(line 3, character 3\)/],
    ["nothing", "", /is no JSON/],
    ["another kind of JSON", [], /is wrong: the file must be an object in braces\./],
    ["no intents", { sensitiveKinds: [other] }, /is wrong: intents must be a list\./],
    ["no kinds", { intents: [other] }, /is wrong: sensitiveKinds must be a list\./],
    ["no labels", { ...least, intents: [] }, /is wrong: intents is empty/],
    ["labels that are texts", { ...least, intents: ["other"] }, /is wrong: intents\[0\] must be an object in braces\./],
    ["a name that is a number", { ...least, intents: [{ name: 7 }] }, /intents\[0\]\.name must be a text\./],
    ["an empty name", { ...least, intents: [other, { name: " " }] }, /intents\[1\]\.name must be a name of letters/],
    ["signs in a name", { ...least, topics: [{ name: "a=b" }] }, /topics\[0\]\.name must be a name of letters/],
    [
      "a long name",
      { ...least, intents: [{ name: "x".repeat(61) }] },
      /intents\[0\]\.name has more than 60 characters/,
    ],
    [
      "a long sentence",
      { ...least, intents: [{ name: "other", means: "x".repeat(301) }] },
      /intents\[0\]\.means has more than 300 characters: shorten it\./,
    ],
    ["too many", { ...least, intents: many(101) }, /intents has more than 100 entries: join some of them\./],
    [
      "a field that is not known",
      { ...least, intents: [{ name: "other", meaning: "" }] },
      /intents\[0\] has an unknown field "meaning": there are name, means\./,
    ],
    [
      "a list that is not known",
      { ...least, intent: [] },
      /the file has an unknown field "intent": there are intents, topics, categories, sensitiveKinds\./,
    ],
    [
      "a doubled name after normalising",
      { ...least, intents: [other, { name: "Tech Support" }, { name: "tech-support " }] },
      /intents\[2\]\.name is the same as intents\[1\]\.name \("tech_support"\): give each a name of its own\./,
    ],
    [
      "no other",
      { ...least, sensitiveKinds: [{ name: "card" }] },
      /sensitiveKinds has no entry "other".* add \{"name"/,
    ],
    [
      "a question in other scripts",
      { ...least, categories: [{ ...question, name: "решено" }] },
      /categories\[0\]\.name must be a name of the letters a to z/,
    ],
    [
      "one answer",
      { ...least, categories: [{ ...question, answers: ["yes"] }] },
      /categories\[0\]\.answers has fewer than two answers/,
    ],
    [
      "a doubled answer",
      { ...least, categories: [{ ...question, answers: ["yes", "no", "YES"] }] },
      /categories\[0\]\.answers\[2\] is the same as categories\[0\]\.answers\[0\]/,
    ],
    [
      "a doubled question",
      { ...least, categories: [question, question] },
      /categories\[1\]\.name is the same as categories\[0\]\.name/,
    ],
    ["too large a file", `${" ".repeat(MAX_TAXONOMY_BYTES)}{}`, /is larger than 32 KiB/],
  ];
  for (const [what, given, sentence] of cases) {
    it(`refuses in one sentence, with the place and the cure: ${what}`, () => {
      const said = refusal(given);
      assert.match(said, sentence);
      assert.ok(said.startsWith("--taxonomy mine.json ") && !said.includes("\n"), said);
      assert.match(said, /[.}]$/);
    });
  }

  it("refuses or reads any JSON, and fails at none", () => {
    const odd = fc.record(
      { intents: fc.anything(), topics: fc.anything(), categories: fc.anything(), sensitiveKinds: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(odd, (value) => {
        try {
          parseTaxonomy(
            JSON.stringify(value, (_, own: unknown) => (typeof own === "bigint" ? 1 : own)),
            "x",
          );
        } catch (error) {
          assert.ok(isFatal("BAD_OPTION", /./)(error));
        }
      }),
      { seed: SEED },
    );
  });
});

describe("taxonomyHash", () => {
  it("differs with each text, and not with the order of fields or the form of names", () => {
    const shuffled = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(RETAIL_JSON) as object).reverse()));
    assert.equal(taxonomyHash(parseTaxonomy(shuffled, "")), taxonomyHash(RETAIL));
    const changes: readonly Taxonomy[] = [
      RETAIL,
      BUILT_IN_TAXONOMY,
      { ...RETAIL, intents: RETAIL.intents.toReversed() },
      { ...RETAIL, topics: undefined },
      { ...RETAIL, topics: [] },
      { ...RETAIL, categories: [] },
      { ...RETAIL, categories: RETAIL.categories.map((own) => ({ ...own, question: "?" })) },
      { ...RETAIL, sensitiveKinds: RETAIL.sensitiveKinds.map(({ name }) => ({ name })) },
    ];
    assert.equal(new Set(changes.map(taxonomyHash)).size, changes.length);
  });
});

describe("labels of closed sets", () => {
  it("stand for what was meant, and other or unclear for the rest", () => {
    assert.equal(labelIn(namesOf(RETAIL.intents), "Return or Refund"), "return_or_refund");
    assert.equal(labelIn(namesOf(RETAIL.intents), "visit evil.example"), "other");
    assert.equal(answerIn(["yes", "no", "unclear"], " Yes."), "yes");
    assert.equal(answerIn(["yes", "no", "unclear"], "S3CRET"), "unclear");
    assert.equal(answerIn(["yes", "no"], "S3CRET"), undefined);
  });
});

describe("a prompt for a taxonomy", () => {
  const settings = { language: "chat", answerAsText: true, taxonomy: RETAIL };

  it("names each label with its sentence, and each question with its answers", () => {
    const { system } = buildPrompt(sessionPart(["hi"]), linesBy(["hi"]), settings);
    assert.match(system, /^intent: the main one of delivery, return_or_refund, .*, other\.$/m);
    assert.match(system, /^ {2}delivery: "Where a parcel is, or that it is late, /m);
    assert.match(system, /^topics: up to five of clothing, .*; empty when none fits\.$/m);
    assert.match(system, /^ {2}churn_risk: "Does the customer threaten .*\?" One of yes, no\.$/m);
    assert.match(system, /"categories": \{"solved": string, "churn_risk": string\}\}\.$/);
  });

  it("leaves the fence whole, whatever stands in the sentences", () => {
    const piece = fc.oneof(
      fc.constantFrom(FENCE_START, FENCE_END, "\n", "\u2028", '"', "\\", "<"),
      fc.string({ maxLength: 9 }),
    );
    const sentence = fc
      .array(piece, { minLength: 1, maxLength: 9 })
      .map((pieces) => pieces.join(""))
      .filter((own) => own.trim() !== "");
    fc.assert(
      fc.property(sentence, sentence, (means, asked) => {
        const json = {
          ...least,
          intents: [{ name: "other", means }],
          categories: [{ name: "a", question: asked, answers: ["b", "c"] }],
        };
        const plain = buildPrompt(sessionPart(["hi"]), linesBy(["hi"]), settings);
        const prompt = buildPrompt(sessionPart(["hi"]), linesBy(["hi"]), {
          ...settings,
          taxonomy: parseTaxonomy(JSON.stringify(json), ""),
        });
        assert.equal(prompt.user, plain.user);
        for (const mark of [FENCE_START, FENCE_END])
          assert.equal(prompt.system.split(mark).length, plain.system.split(mark).length);
        // Rules, a line for the label and one for the question, language, form.
        assert.equal(prompt.system.split(/[\n\r\u2028\u2029\u0085]/).length, 13);
      }),
      { seed: SEED },
    );
  });
});
