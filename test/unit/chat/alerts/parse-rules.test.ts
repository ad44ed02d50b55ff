import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { parseAlertRules } from "../../../../src/chat/alerts/parse-rules";
import { ruleDetectorOf } from "../../../../src/chat/alerts/rules";
import { JobError } from "../../../../src/chat/errors";

const EXAMPLE = path.resolve(__dirname, "../../../../docs/examples/alert-rules.json");
const RULE = { rule: "r", kind: "k", severity: "low" };

describe("rules of one's own", () => {
  it("stand beside the built-in ones, of which some are off", () => {
    const detect = ruleDetectorOf(parseAlertRules(fs.readFileSync(EXAMPLE, "utf8"), "file"));
    const rules = (text: string): readonly string[] => detect(text).map(({ rule }) => rule);
    assert.deepEqual(rules("Please cancel my contract KD-12345678"), ["churn", "customer-number"]);
    assert.deepEqual(rules("card 4111 1111 1111 1111, a@example.org"), ["card"]);
    assert.deepEqual(rules("nothing"), []);
  });

  it("may stand alone", () => {
    const detect = ruleDetectorOf(parseAlertRules('{"builtIn": false}', "file"));
    assert.deepEqual(detect("4111 1111 1111 1111, I want to die"), []);
  });

  for (const [wrong, text, words] of [
    ["no JSON", "{", /is no JSON \(line 1, character 2\): mend that/],
    ["an unknown field", '{"word": []}', /its top.*word/],
    [
      "an unknown severity",
      JSON.stringify({ words: [{ ...RULE, severity: "bad", words: ["x"] }] }),
      /words\[0\]\.severity/,
    ],
    ["no words", JSON.stringify({ words: [{ ...RULE, words: [] }] }), /words\[0\]\.words/],
    ["a word without letters", JSON.stringify({ words: [{ ...RULE, words: ["!!"] }] }), /letter or digit/],
    ["a look-behind", JSON.stringify({ patterns: [{ ...RULE, pattern: "(?<=a)b" }] }), /pattern of "r".*RE2/],
    ["an empty match", JSON.stringify({ patterns: [{ ...RULE, pattern: "a*" }] }), /matches an empty text/],
    [
      "a name twice",
      JSON.stringify({
        patterns: [
          { ...RULE, pattern: "a" },
          { ...RULE, pattern: "b" },
        ],
      }),
      /"r" twice/,
    ],
    [
      "too much",
      JSON.stringify({ words: [{ ...RULE, words: Array.from({ length: 500 }, () => "x".repeat(90)) }] }),
      /32 KiB/,
    ],
  ] as const) {
    it(`with ${wrong} are refused in one sentence`, () => {
      assert.throws(
        () => parseAlertRules(text, "--alert-rules f"),
        (error) => {
          assert.ok(error instanceof JobError);
          assert.equal(error.code, "BAD_OPTION");
          assert.match(error.message, /^--alert-rules f .*\.$/s);
          assert.match(error.message, words);
          return true;
        },
      );
    });
  }
});
