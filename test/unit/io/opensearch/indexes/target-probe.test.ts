/** Conclusions from the answers to a check's two writes; those of a real OpenSearch are in the integration tests. */
import assert from "node:assert/strict";
import { documentIndex } from "../../../../../src/io/opensearch/indexes/mapping";
import type { BulkItem } from "../../../../../src/io/opensearch/requests/retry";
import { openSearchSettings } from "../../../../../src/io/opensearch/settings";
import { decideProbe, PROBE_ID, probeRequest } from "../../../../../src/io/opensearch/indexes/target-probe";

const CONFLICT: BulkItem = {
  status: 409,
  _id: PROBE_ID,
  _index: "chats",
  error: { type: "version_conflict_engine_exception", reason: "[x]: version conflict" },
};
const failed = (status: number, type: string, reason = ""): BulkItem => ({
  status,
  _id: PROBE_ID,
  error: { type, reason },
});
const verdict = (...items: readonly BulkItem[]) => decideProbe("chats", new Set(["chats"]), items);

describe("the check of a target", () => {
  it("demands of both writes what cannot be, and sends a whole document", () => {
    const settings = openSearchSettings({ connection: { endpoint: "" }, index: "chats", dimension: 4, stream: "s" });
    const request = probeRequest({ index: "chats", definition: documentIndex(settings, false) }, true, "beside");
    assert.equal(request.query?.["require_alias"], true);
    const lines = request.lines!.toString().trimEnd().split("\n");
    const [deletion, indexing, document] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const meta = { _id: PROBE_ID, routing: "beside", if_seq_no: 2 ** 53 - 1, if_primary_term: 2 ** 53 - 1 };
    assert.deepEqual([deletion, indexing], [{ delete: meta }, { index: meta }]);
    assert.deepEqual(document?.["embedding"], [1, 0, 0, 0]);
  });

  it("is passed when both conflict", () => {
    assert.deepEqual(verdict(CONFLICT, CONFLICT), { kind: "takes", document: true });
  });

  it("leaves to the documents what a pipeline does with one of them", () => {
    const dropped = { status: 200, result: "noop", _id: PROBE_ID, _index: "chats" };
    const failing = failed(500, "fail_processor_exception", "unknown user");
    const thrown = failed(400, "script_exception", "runtime error");
    for (const item of [dropped, failing, thrown])
      assert.deepEqual(verdict(CONFLICT, item), { kind: "takes", document: false });
  });

  it("is tried again while a cluster has trouble of its own", () => {
    for (const item of [failed(503, "unavailable_shards_exception"), failed(500, "node_closed_exception"), {}])
      assert.equal(verdict(item, item).kind, "again");
    assert.equal(verdict().kind, "again");
  });

  it("says what is read-only, or denied", () => {
    const blocked = failed(403, "cluster_block_exception", "blocked by: [FORBIDDEN/6/cluster read-only (api)];");
    const denied = failed(403, "security_exception", "no permissions for [indices:data/write/delete]");
    const unknown = failed(400, "some_exception", "odd");
    for (const [item, code, sentence] of [
      [blocked, "INDEX_MISFIT", /^The cluster takes no documents \(cluster read-only \(api\)\): take cluster\.blocks/],
      [denied, "ACCESS_DENIED", /may not write to index "chats": allow indices:data\/write/],
      [unknown, "INDEX_MISFIT", /takes no documents \(status 400, some_exception, odd\)/],
    ] as const) {
      const found = verdict(item, CONFLICT);
      assert.ok(found.kind === "refuses" && found.code === code && sentence.test(found.message), JSON.stringify(found));
    }
  });
});
