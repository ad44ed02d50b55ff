import assert from "node:assert/strict";
import type { EmbeddedPart } from "../../../../../src/chat/model";
import { contentHash } from "../../../../../src/chat/steps/documents/content-hash";
import { sessionDocument } from "../../../../../src/chat/steps/documents/document";
import type { HeldDocument } from "../../../../../src/chat/steps/documents/held-document";
import { copiedSource, type CopyWay, planCopy } from "../../../../../src/chat/steps/documents/plan-copy";
import { embeddedPart } from "../../../../support/opensearch/embedded-parts";

const ANSWERING = "with other vectors";
const OF_PHONE = { sensitive: true, sensitiveKinds: ["phone"] };

function held(
  storeMessages = true,
  alerts: readonly string[] = [],
): HeldDocument & { readonly source: ReturnType<typeof sessionDocument> } {
  const part = embeddedPart(1, 2);
  const content = { ...part, summary: { ...part.summary, categories: { solved: "yes" }, ...OF_PHONE } };
  const plan = { id: "d", content, contentHash: "former", isSmaller: false, heldPositions: [] };
  const source = sessionDocument(plan, { storeMessages, stream: "chat" }, 0, alerts);
  return { id: "d", version: { seqNo: 7, primaryTerm: 1 }, source };
}

const { summaryModel, promptVersion, taxonomyHash } = held().source;
const CURRENT = { summaryModel, promptVersion, taxonomyHash };
const LATER = { ...CURRENT, promptVersion: promptVersion + 1 };

function planned(document: HeldDocument, versions: typeof CURRENT, way: CopyWay) {
  const { documents } = planCopy(document, { versions, answering: ANSWERING }, way);
  return documents[0]!;
}

describe("the plan of a document's copy with other vectors", () => {
  it("keeps a summary that is not behind, and tells that it answers the present question", () => {
    const document = held();
    const { content, contentHash: hash, replaces } = planned(document, CURRENT, "anew");
    assert.ok("summary" in content && !("embedding" in content), "only a vector is asked for");
    assert.equal(hash, contentHash(content.part, ANSWERING));
    assert.deepEqual(replaces, document.version);
    const whole: EmbeddedPart = { ...content, embedding: [1, 2, 3], embeddingModel: "e", embeddingTruncated: true };
    const copied = copiedSource(document.source, { ...planned(document, CURRENT, "anew"), content: whole }, CURRENT, 9);
    const vector = { embedding: [1, 2, 3], embeddingModel: "e", embeddingTruncated: true };
    assert.deepEqual(copied, { ...document.source, contentHash: hash, ...vector });
  });

  it("asks for a summary that is behind; the former taxonomy's answers go", () => {
    const document = held();
    const { content, contentHash: hash } = planned(document, LATER, "anew");
    assert.ok("messages" in content);
    const answer = { ...embeddedPart(1, 2, { summary: "anew" }), part: content, ...LATER };
    const plan = { ...planned(document, LATER, "anew"), content: answer };
    const copied = copiedSource(document.source, plan, LATER, 9);
    assert.deepEqual([copied.summary, copied.promptVersion], ["anew", LATER.promptVersion]);
    assert.equal(copied.contentHash, hash);
    assert.ok(!("categories" in copied));
  });

  it("names the alerts of its messages still, and those of the new summary for those of the former", () => {
    const alerts = ["card", "summary_phone"];
    for (const [kinds, expected] of [
      [["health"], ["card", "summary_health"]],
      [[], ["card"]],
    ] as const) {
      const document = held(true, alerts);
      const plan = planned(document, LATER, "anew");
      assert.ok("messages" in plan.content);
      const summary = { sensitive: kinds.length > 0, sensitiveKinds: kinds };
      const content = { ...embeddedPart(1, 2, summary), part: plan.content, ...LATER };
      assert.deepEqual(copiedSource(document.source, { ...plan, content }, LATER, 9).alerts, expected);
      const kept = planned(document, LATER, "bare");
      assert.ok("embedding" in kept.content);
      assert.deepEqual(copiedSource(document.source, { ...kept, content: kept.content }, LATER, 9).alerts, alerts);
    }
    const own = planned(held(), LATER, "anew");
    assert.ok("messages" in own.content);
    const content = { ...embeddedPart(1, 2), part: own.content, ...LATER };
    assert.ok(!("alerts" in copiedSource(held(true, ["summary_phone"]).source, { ...own, content }, LATER, 9)));
  });

  it("never takes a summary that stays behind for an answer to the present question", () => {
    const kept = planned(held(), LATER, "kept");
    assert.ok("summary" in kept.content);
    assert.equal(kept.contentHash, "former");
    const unstored = planned(held(false), LATER, "anew");
    assert.ok("summary" in unstored.content, "nobody can ask about messages that are not kept");
    assert.equal(unstored.contentHash, "former");
  });

  it("leaves out the vector that no model made", () => {
    const document = held();
    const { content, ...plan } = planned(document, CURRENT, "bare");
    assert.ok("embedding" in content);
    const copied = copiedSource(document.source, { ...plan, content }, CURRENT, 9);
    assert.ok(!("embedding" in copied) && !("embeddingModel" in copied));
    assert.equal(copied.summary, document.source.summary);
  });
});
