import assert from "node:assert/strict";
import { hintsOn, type Looked } from "../../../src/cli/search-hints";
import { SEARCH } from "../../../src/options/commands";

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
    const known = { intent: ["refund", "order", "technical_support"] };
    const said = hints({ known }, { intent: "refunds" });
    assert.equal(
      said,
      'No session has the intent "refunds". Did you mean refund? There are refund, order, technical_support.',
    );
    assert.doesNotMatch(hints({ known }, { intent: "astrology" }), /Did you mean/);
    assert.equal(hints({ known }, { intent: "order", user: "a" }), "Leave out --user, --intent.");
  });

  it("is the rule of alerts that was probably meant, beside an intent that no session has", () => {
    const known = { intent: ["refund"], alert: ["card", "summary_phone"] };
    const said = 'No session has an alert of the rule "cards". Did you mean card? There are card, summary_phone.';
    assert.equal(hints({ known }, { alert: "cards" }), said);
    assert.equal(hints({ known }, { alert: "card", to: 1 }), "Leave out --to, --alert.");
    const both = hints({ known }, { alert: "cards", intent: "refunds" });
    assert.match(both, /the intent "refunds".*the rule "cards"/);
    assert.equal(hints({ known: { alert: [] } }, { alert: "card" }), "Leave out --alert.");
  });

  it("is nothing of a rule that is named as the page shows it", () => {
    const known = { alert: ["card", "summary_phone"] };
    for (const given of ["Card number", "card", "phone number, by the summary", "Summary phone"]) {
      const parsed = SEARCH.alert.kind.parse(given);
      assert.ok("value" in parsed, given);
      assert.equal(hints({ known }, { alert: parsed.value }), "Leave out --alert.", given);
    }
  });
});
