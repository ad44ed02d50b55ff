import assert from "node:assert/strict";
import { hintsOn, type Looked } from "../../../src/cli/search-hints";

const LOOKED: Looked = {
  wanted: { skip: 0, mode: "hybrid" },
  question: "parcel",
  found: 0,
  inMessages: true,
  index: "chats",
};

describe("what a search says beside its hits", () => {
  const hints = (change: Partial<Looked>, wanted: Partial<Looked["wanted"]> = {}): string =>
    hintsOn({ ...LOOKED, ...change, wanted: { ...LOOKED.wanted, ...wanted } }).join(" ");

  it("is nothing where there are hits, but that an older index was searched in part", () => {
    assert.equal(hints({ found: 1 }), "");
    assert.match(hints({ found: 1, inMessages: false }), /"chats".*only summaries.*npm run index -- migrate/);
  });

  it("is what to leave out, and that an index is empty", () => {
    assert.equal(hints({}, { user: "a", from: 0, to: undefined }), "Leave out --user, --from.");
    assert.match(hints({}, { skip: 50 }), /--skip.*50/);
    assert.match(hints({ question: 'my "lost parcel"' }), /quotation marks/);
    assert.match(hints({}, { mode: "keyword" }), /--mode keyword/);
    assert.match(hints({}), /"chats" has no sessions yet/);
  });

  it("is the intent that was probably meant, of those that the index has", () => {
    const intents = ["refund", "order", "technical_support"];
    const said = hints({ intents }, { intent: "refunds" });
    assert.equal(
      said,
      'No session has the intent "refunds". Did you mean refund? There are refund, order, technical_support.',
    );
    assert.doesNotMatch(hints({ intents }, { intent: "astrology" }), /Did you mean/);
    assert.equal(hints({ intents }, { intent: "order", user: "a" }), "Leave out --user, --intent.");
  });
});
