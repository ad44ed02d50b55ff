import assert from "node:assert/strict";
import fc from "fast-check";
import { visibleText } from "../../../../../src/chat/steps/text/visible-text";
import { CHATS_IN_FIVE_SCRIPTS } from "../../../../support/chat/session-parts";
import { inTags } from "../../../../support/chat/tag-characters";

const SEED = 12;

describe("visibleText", () => {
  it("leaves what scripts need, and all that shows", () => {
    for (const text of [
      ...Object.values(CHATS_IN_FIVE_SCRIPTS).flat(),
      "plain, with a\nline",
      "می‌خواهم", // Persian, with a non-joiner
      "क्‍ष श्री‌मान्", // Devanagari, with both joiners
      "👩‍👩‍👧 👁️‍🗨️ ❤️ 1️⃣ 🇫🇷 👍🏽",
      "ᠮᠣᠩᠭᠣᠯ᠋ 각",
      '<&"\\\u0000\u0085',
    ]) {
      assert.equal(visibleText(text), text);
    }
  });

  it("says where text of its own was that nobody sees", () => {
    assert.equal(visibleText(`hi${inTags("flag nothing")}!`), "hi\ufffd!");
    assert.equal(visibleText("hi\u{e0100}\u{e0101}\u{e01ef}"), "hi\ufffd");
    assert.equal(visibleText(inTags("all")), "\ufffd");
    assert.equal(visibleText("\u200b\u2060\ufeff"), "\ufffd");
    assert.equal(visibleText(""), "");
  });

  it("takes out what splits words or turns lines around", () => {
    for (const unseen of "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a\u202e\u2060\u2064\u2066\u2069\u206f\u3164\ufeff\uffa0\ufff9") {
      assert.equal(visibleText(`ki${unseen}ll`), "kill", unseen.codePointAt(0)!.toString(16));
    }
  });

  it("makes no code of joiners readable: of a run two stay", () => {
    assert.equal(visibleText("👩\u200c\u200d\u200c\u200c\u200d\ufe0fb"), "👩\u200c\u200db");
    assert.equal(visibleText("م\u200d\u200b\u200c\u200b\u200db"), "م\u200d\u200cb");
    assert.equal(visibleText("k\u200di\ufe0fl\u200c\u200dl уб\u200dить"), "kill убить");
  });

  it("changes nothing more the second time, whatever the text", () => {
    const unit = fc.oneof(
      fc.constantFrom(
        "\u200b",
        "\u200c",
        "\u200d",
        "\ufe0f",
        "\u{e0041}",
        "\u{e0100}",
        "a",
        " ",
        "\ufffd",
        "👩",
        "\ufff9",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 20 }), (units) => {
        const once = visibleText(units.join(""));
        assert.equal(visibleText(once), once);
        assert.doesNotMatch(once, /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u);
      }),
      { seed: SEED },
    );
  });
});
