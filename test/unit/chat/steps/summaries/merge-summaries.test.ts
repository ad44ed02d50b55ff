import assert from "node:assert/strict";
import type { SessionSummary } from "../../../../../src/chat/model";
import { mergeSummaries } from "../../../../../src/chat/steps/summaries/merge-summaries";

function summary(change: Partial<SessionSummary>): SessionSummary {
  const labels = { language: "en", intent: "other", sentiment: "neutral" } as const;
  return { summary: "Padding.", topics: [], sensitive: false, sensitiveKinds: [], ...labels, ...change };
}

describe("mergeSummaries", () => {
  it("leaves one as it is", () => {
    const one = summary({ topics: ["a"] });
    assert.equal(mergeSummaries([one], []), one);
  });

  it("lets nothing be outnumbered: flags, kinds, a telling intent and a telling sentiment stay", () => {
    const threat = summary({
      summary: "A threat.",
      intent: "complaint",
      sentiment: "negative",
      sensitive: true,
      sensitiveKinds: ["violence"],
    });
    const padding = Array.from({ length: 9 }, () => summary({ topics: ["padding"] }));
    for (const place of [0, 4, 9]) {
      const merged = mergeSummaries(padding.toSpliced(place, 0, threat), []);
      assert.equal(merged.intent, "complaint");
      assert.equal(merged.sentiment, "negative");
      assert(merged.sensitive && merged.summary.includes("A threat."));
      assert.deepEqual(merged.sensitiveKinds, ["violence"]);
    }
  });

  it("takes what most say, the first among equals, and topics by their rank", () => {
    const merged = mergeSummaries(
      [
        summary({ language: "ru", intent: "order", sentiment: "positive", topics: ["a", "b"] }),
        summary({ language: "en", intent: "refund", sentiment: "negative", topics: ["c", "a"] }),
        summary({ language: "en", intent: "refund", sensitiveKinds: ["email"], sensitive: true }),
      ],
      [],
    );
    assert.equal(merged.language, "en");
    assert.equal(merged.intent, "refund");
    assert.equal(merged.sentiment, "mixed");
    assert.deepEqual(merged.topics, ["a", "c", "b"]);
    const equals = [summary({ intent: "order" }), summary({ intent: "refund" })];
    assert.equal(mergeSummaries(equals, []).intent, "order");
    assert.ok(!("categories" in merged));
  });

  it("takes of each question's answers the one that its category lists first, in whatever pieces they come", () => {
    const categories = [
      { name: "solved", question: "?", answers: ["yes", "no", "unclear"] },
      { name: "mood", question: "?", answers: ["angry", "calm"] },
    ];
    const pieces = [
      { solved: "unclear", mood: "calm" },
      { solved: "no", mood: "angry" },
      { solved: "unclear", mood: "calm" },
    ].map((answers) => summary({ categories: answers }));
    const expected = { solved: "no", mood: "angry" };
    assert.deepEqual(mergeSummaries(pieces, categories).categories, expected);
    assert.deepEqual(mergeSummaries(pieces.toReversed(), categories).categories, expected);
    const halves = [mergeSummaries(pieces.slice(0, 2), categories), pieces[2]!];
    assert.deepEqual(mergeSummaries(halves, categories).categories, expected);
  });
});
