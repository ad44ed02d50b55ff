import assert from "node:assert/strict";
import fc from "fast-check";
import {
  boundedInputs,
  inputTokens,
  type Line,
  modelInputs,
} from "../../../../../src/chat/steps/summaries/model-inputs";
import { MAX_ROLE_TOKENS } from "../../../../../src/chat/steps/sessions/speakers";
import { truncateToTokens } from "../../../../../src/chat/steps/text/tokens";
import { visibleText } from "../../../../../src/chat/steps/text/visible-text";

const SEED = 17;
/** As long as `speakersOf` leaves them. */
const roles = fc.string({ unit: "binary", maxLength: 30 }).map((text) => truncateToTokens(text, MAX_ROLE_TOKENS));
const contents = fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 8 });

function lines(texts: readonly string[], role = "customer"): readonly Line[] {
  return texts.map((text) => ({ speaker: [role], text }));
}

describe("modelInputs", () => {
  it("is one input of a chat that fits", () => {
    assert.deepEqual(modelInputs(lines(["hello", "where is it?"]), 100), [lines(["hello", "where is it?"])]);
  });

  it("keeps every message in order, and each input within the bound", () => {
    const messages = Array.from({ length: 1_000 }, (_, index) => `message number ${index}`);
    const inputs = modelInputs(lines(messages), 1_000);
    assert(inputs.length > 1);
    assert.deepEqual(inputs.flat(), lines(messages));
    for (const input of inputs) assert(inputTokens(input) <= 1_000);
  });

  it("hides no sentence between two pieces of a message, wherever the cut is", () => {
    const threat = "I will hurt somebody tonight, and nobody will know";
    for (let padding = 250; padding < 310; padding++) {
      const message = `${"<".repeat(padding)}${threat}${"<".repeat(900)}`;
      const inputs = modelInputs(lines([message]), 2_000);
      assert(inputs.length > 1);
      assert(
        inputs.some(([piece]) => piece!.text.includes(threat)),
        `padding ${padding}`,
      );
    }
  });

  it("loses nothing and ends, whatever the chat and the bound", () => {
    fc.assert(
      fc.property(contents, roles, fc.integer({ min: -5, max: 600 }), (chat, role, maxTokens) => {
        const messages = chat.map((content) => content.toWellFormed());
        const inputs = modelInputs(lines(messages, role), maxTokens);
        for (const input of inputs) assert(input.length > 0 && inputTokens(input) <= Math.max(50, maxTokens));
        assert(inputs.flat().every(({ speaker }) => speaker[0] === role));
        const pieces = inputs.flat().map(({ text }) => text);
        assert(pieces.every((piece) => piece.isWellFormed()));
        for (const message of messages) {
          let covered = 0;
          const visible = visibleText(message);
          while (covered < visible.length || visible === "") {
            const piece = pieces.shift()!;
            const at = covered === 0 ? 0 : overlapAt(visible, piece, covered);
            assert.equal(visible.slice(at, at + piece.length), piece);
            covered = at + piece.length;
            if (visible === "") break;
          }
        }
        assert.deepEqual(pieces, []);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

/** The position at which `piece` goes on: at most `covered`, so that nothing lies between. */
function overlapAt(message: string, piece: string, covered: number): number {
  const overlap = Array.from({ length: 401 }, (_, length) => covered - length).find(
    (at) => at > 0 && message.startsWith(piece, at) && at + piece.length > covered,
  );
  assert(overlap !== undefined, "a gap between two pieces");
  return overlap;
}

describe("boundedInputs", () => {
  it("keeps the beginning and the end, and says how much lies between", () => {
    const inputs = [["a"], ["bb", "ccc"], ["dddd"], ["e"]].map((texts) => lines(texts));
    assert.deepEqual(boundedInputs(inputs, 4), { inputs, unreadCharacters: 0 });
    assert.deepEqual(boundedInputs(inputs, 2), { inputs: [inputs[0], inputs[3]], unreadCharacters: 9 });
  });
});
