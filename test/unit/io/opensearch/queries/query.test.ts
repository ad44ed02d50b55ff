import assert from "node:assert/strict";
import fc from "fast-check";
import type { Asked } from "../../../../../src/io/opensearch/queries/question-words";
import {
  closeSearch,
  keywordSearch,
  semanticSearch,
  shownSearch,
} from "../../../../../src/io/opensearch/queries/query";

const SEED = 3;

/** All property names of a query, with strings as leaves. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]));
}

describe("search requests", () => {
  it(`have the same shape whatever is asked (seed ${SEED})`, () => {
    const anything = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.constantFrom('"}}', "a:b OR *", "\ud800"));
    const plain = { userId: "a", intent: "b", role: "c", attributes: { d: "e" }, fromMs: 1, toMs: 2, inMessages: true };
    const asked = (text: string): Asked => ({ text, telling: text, phrases: [text], terms: [text], forgiven: [text] });
    fc.assert(
      fc.property(anything, anything, anything, (question, userId, intent) => {
        const hostile = { ...plain, userId, intent, role: intent, attributes: { d: userId } };
        const [own, other] = [asked(question), asked("x")];
        assert.deepEqual(shape(keywordSearch(own, hostile, 5)), shape(keywordSearch(other, plain, 5)));
        assert.deepEqual(shape(closeSearch(own, hostile, 5)), shape(closeSearch(other, plain, 5)));
        assert.deepEqual(
          shape(shownSearch([userId], own, hostile, true)),
          shape(shownSearch(["x"], other, plain, true)),
        );
        assert.deepEqual(shape(semanticSearch([1], hostile, 5, own)), shape(semanticSearch([1], plain, 5, other)));
      }),
      { seed: SEED },
    );
  });

  it("seek the words of a role in its messages, in sessions with the role and all attributes", () => {
    const asked: Asked = { text: "x", telling: "x", phrases: [], terms: ["x"], forgiven: [] };
    const scope = { role: "agent", attributes: { channel: "web", tenant: "a" }, inMessages: true };
    const { query } = keywordSearch(asked, scope, 1) as {
      query: { bool: { filter: object[]; must: { bool: { should: { nested?: { query: object } }[] } }[] } };
    };
    assert.deepEqual(query.bool.filter, [
      { term: { roles: { value: "agent" } } },
      { term: { "attributes.channel": { value: "web" } } },
      { term: { "attributes.tenant": { value: "a" } } },
    ]);
    const { nested } = query.bool.must[0]!.bool.should[1]!;
    const { bool } = nested!.query as { bool: { filter: object[] } };
    assert.deepEqual(bool.filter, [{ term: { "messages.role": { value: "agent" } } }]);
  });

  it("filter within the vector search", () => {
    const { query } = semanticSearch([1, 2], { userId: "a", inMessages: true }, 7) as {
      query: { knn: { embedding: object } };
    };
    assert.deepEqual(query.knn.embedding, {
      vector: [1, 2],
      k: 7,
      filter: { bool: { filter: [{ term: { userId: { value: "a" } } }] } },
    });
  });
});
