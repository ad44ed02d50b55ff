import assert from "node:assert/strict";
import { NoAnswer, type OpenSearchClient } from "../../../../../src/io/opensearch/requests/client";
import { multiGet } from "../../../../../src/io/opensearch/requests/multi-get";
import { isFatal } from "../../../../support/chat/fatal";

/** Answers one after the other; the last one again and again. */
function fake(answers: readonly (object | "nothing" | number)[]): OpenSearchClient & { readonly asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    async request({ json }) {
      asked.push([...(json as { ids: string[] }).ids]);
      const answer = answers[Math.min(asked.length, answers.length) - 1]!;
      if (answer === "nothing") throw new NoAnswer(new Error("refused"));
      return typeof answer === "number" ? { status: answer, body: "" } : { status: 200, body: answer };
    },
    close: async () => undefined,
  };
}

const POLICY = { index: "i", fields: "all" } as const;
const found = { _id: "a", found: true, _seq_no: 7, _primary_term: 2, _source: { x: 1 } };
const missing = { _id: "b", found: false };

describe("reading documents by their ids", () => {
  it("gives each its version, in order, and undefined for what is not there", async () => {
    const documents = await multiGet(fake([{ docs: [found, missing] }]), ["a", "b"], POLICY);
    assert.deepEqual(documents, [{ id: "a", version: { seqNo: 7, primaryTerm: 2 }, source: { x: 1 } }, undefined]);
  });

  it("asks for many in several requests", async () => {
    const client = fake([{ docs: Array(200).fill(missing) }, { docs: [missing] }]);
    const ids = Array.from({ length: 201 }, (_, index) => String(index));
    assert.equal((await multiGet(client, ids, POLICY)).length, 201);
    assert.deepEqual(
      client.asked.map(({ length }) => length),
      [200, 1],
    );
  });

  it("waits out what passes, a shard that does not answer and an answer without all documents among it", async () => {
    const failed = { _id: "a", error: { type: "no_shard_available_action_exception" } };
    const client = fake(["nothing", 503, { docs: [] }, { docs: [failed] }, { docs: [found] }]);
    assert.equal((await multiGet(client, ["a"], POLICY))[0]?.id, "a");
    assert.equal(client.asked.length, 5);
  });

  it("finds nothing in an index that was deleted, and ends with one that is closed or not to be read", async () => {
    const gone = { _id: "a", error: { type: "index_not_found_exception" } };
    assert.deepEqual(await multiGet(fake([{ docs: [gone] }]), ["a"], POLICY), [undefined]);
    const closed = { _id: "a", error: { type: "index_closed_exception" } };
    await assert.rejects(multiGet(fake([{ docs: [closed] }]), ["a"], POLICY), isFatal("INDEX_MISFIT", /closed/));
    await assert.rejects(multiGet(fake([403]), ["a"], POLICY), isFatal("ACCESS_DENIED", /credentials/));
  });

  it("gives up after the time it was given", async () => {
    const policy = { ...POLICY, maxRetryDurationMs: 0 };
    await assert.rejects(multiGet(fake(["nothing"]), ["a"], policy), isFatal("PIPELINE", /did not give 1 documents/));
  });
});
