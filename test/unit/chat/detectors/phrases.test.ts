import assert from "node:assert/strict";
import { phraseDetector } from "../../../../src/chat/detectors/phrases";
import { WORD_RULES } from "../../../../src/chat/detectors/words";
import { SCENARIOS, textOf } from "../../../../src/local/sample/scenarios";

const detect = phraseDetector([
  { rule: "a", kind: "k", severity: "low", words: ["want to die", "mañana", "die now"] },
  { rule: "b", kind: "k", severity: "high", words: ["死にたい", "don't"] },
]);

/** Rules and texts of what is found. */
function found(text: string): readonly (readonly [string, string])[] {
  return detect(text).map(({ rule, start, end }) => [rule, text.slice(start, end)] as const);
}

describe("phrases", () => {
  for (const [text, wanted] of [
    ["I Want  to\tDIE", [["a", "Want  to\tDIE"]]],
    [
      "MANANA, mañana!",
      [
        ["a", "MANANA"],
        ["a", "mañana"],
      ],
    ],
    ["I don’t", [["b", "don’t"]]],
    ["もう死にたいです", [["b", "死にたい"]]],
    [
      "I want to die now",
      [
        ["a", "want to die"],
        ["a", "die now"],
      ],
    ],
    ["I want to diet", []],
    ["swant to die", []],
    ["want to", []],
    ["", []],
  ] as const) {
    it(`in ${JSON.stringify(text)}: ${wanted.length}`, () => assert.deepEqual(found(text), wanted));
  }

  it("give one shared list where there are none", () => assert.equal(detect("hello"), detect("good morning")));

  it("of self-harm and threat are found in each language that they are listed in", () => {
    const builtIn = phraseDetector(WORD_RULES);
    for (const { rule, words } of WORD_RULES) {
      for (const word of words) {
        const [first] = builtIn(`… ${word}!`).filter((each) => each.rule === rule);
        assert.ok(first, word);
      }
    }
  });

  it("of threat are in one scenario of the sample, and those of everyday speech in none", () => {
    const builtIn = phraseDetector(WORD_RULES);
    const texts = SCENARIOS.flatMap(({ messages }) => messages.map(textOf));
    assert.equal(texts.filter((text) => builtIn(text).length > 0).length, 1);
    for (const harmless of ["this heat kills me", "I could die for that cake", "it is 5 kms away", "dead battery"]) {
      assert.deepEqual(builtIn(harmless), [], harmless);
    }
  });
});
