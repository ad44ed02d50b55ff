import assert from "node:assert/strict";
import { backOffMs } from "../../../../../src/beam/retry";
import { NoAnswer } from "../../../../../src/io/opensearch/requests/client";
import {
  decideItem,
  decideNoAnswer,
  decideRequest,
  type ItemDecision,
  OPENSEARCH_BACK_OFF,
} from "../../../../../src/io/opensearch/requests/retry";

const kinds = (decision: { readonly kind: string; readonly code?: string }): string => decision.code ?? decision.kind;

describe("what to do about an answer of OpenSearch", () => {
  const request = (status: number, type?: string) =>
    kinds(decideRequest({ status, body: type === undefined ? "" : { error: { type, reason: "…" } } }));
  const item = (status: number | undefined, type?: string) =>
    kinds(decideItem({ status, ...(type === undefined ? {} : { error: { type } }) }, "id", "chats"));

  it("tries whole requests again when that may help", () => {
    for (const status of [408, 429, 500, 502, 503, 504, 599]) assert.equal(request(status), "retry", String(status));
    assert.equal(request(400, "circuit_breaking_exception"), "retry");
    assert.equal(request(403, "cluster_block_exception"), "retry");
  });

  it("halves requests that are too large or malformed", () => {
    assert.equal(request(413), "split");
    assert.equal(request(400, "illegal_argument_exception"), "split");
  });

  it("stops when the user must mend something", () => {
    assert.equal(request(401), "ACCESS_DENIED");
    assert.equal(request(403, "security_exception"), "ACCESS_DENIED");
    assert.equal(request(404, "index_not_found_exception"), "INDEX_MISFIT");
    assert.equal(request(404), "SERVICE_UNREACHABLE");
    assert.equal(request(301), "SERVICE_UNREACHABLE");
  });

  it("takes every success of a request", () => {
    for (const status of [200, 201]) assert.equal(request(status), "answered");
  });

  it("believes that a document is stored only where the item says so: written, where, under its own id", () => {
    const written = { status: 201, result: "created", _index: "chats-000001", _id: "id" };
    for (const result of ["created", "updated", "deleted"]) {
      assert.deepEqual(decideItem({ ...written, result }, "id", "chats"), { kind: "stored", index: "chats-000001" });
    }
    const reasonOf = (decision: ItemDecision): string => (decision.kind === "refuse" ? decision.reason : decision.kind);
    assert.match(
      reasonOf(decideItem({ ...written, status: 200, result: "noop" }, "id", "chats")),
      /did not store.*dropped it/,
    );
    const elsewhere = reasonOf(decideItem({ ...written, _id: "my secret" }, "id", "chats"));
    assert.match(elsewhere, /under another id/);
    assert.doesNotMatch(elsewhere, /secret/);
    for (const left of ["result", "_index", "_id"] as const)
      assert.equal(kinds(decideItem({ ...written, [left]: undefined }, "id", "chats")), "retry", `without ${left}`);
  });

  it("tries single documents again for what passes, and refuses the rest of 4xx", () => {
    for (const status of [408, 429]) assert.equal(item(status), "retry", String(status));
    assert.equal(item(503, "unavailable_shards_exception"), "retry");
    assert.equal(item(429, "circuit_breaking_exception"), "retry");
    assert.equal(item(undefined), "retry");
    assert.equal(item(400, "mapper_parsing_exception"), "refuse");
    assert.equal(item(409, "version_conflict_engine_exception"), "conflict");
    assert.equal(item(404), "conflict");
    assert.equal(item(404, "index_not_found_exception"), "INDEX_MISFIT");
    assert.equal(item(400, "index_closed_exception"), "INDEX_MISFIT");
    assert.equal(item(403, "security_exception"), "ACCESS_DENIED");
  });

  it("tells a document that OpenSearch fails on from trouble that all have", () => {
    for (const status of [500, 503]) assert.equal(item(status), "failing", String(status));
    assert.equal(item(500, "fail_processor_exception"), "failing");
  });

  it("refuses what a pipeline sent past an alias, and stops where the alias is gone", () => {
    const decisionOf = (index: string) => {
      const flag = `no such index [x] and [require_alias] request flag is [true] and [${index}] is not an alias`;
      return kinds(
        decideItem({ status: 404, error: { type: "index_not_found_exception", reason: flag } }, "id", "chats"),
      );
    };
    assert.equal(decisionOf("elsewhere"), "refuse");
    assert.equal(decisionOf("chats"), "INDEX_MISFIT");
  });

  it("names what blocks an index", () => {
    const reason = "index [chats] blocked by: [FORBIDDEN/8/index write (api)];";
    const decision = decideItem({ status: 403, error: { type: "cluster_block_exception", reason } }, "id", "chats");
    assert.deepEqual(decision, { kind: "retry", why: "status 403, cluster_block_exception, index write (api)" });
  });

  it("sends again what had no answer, and stops at what a client cannot do", () => {
    const lost = decideNoAnswer(new NoAnswer(new Error("refused")));
    assert.deepEqual(lost, { kind: "again", why: "Error: refused" });
    const error = new Error("no credentials");
    assert.deepEqual(decideNoAnswer(error), { kind: "fatal", error });
  });

  it("names the field that did not fit, never its value", () => {
    const reason =
      "failed to parse field [start] of type [date] in document with id 'x'. Preview of field's value: 'my secret'";
    const decision = decideItem({ status: 400, error: { type: "mapper_parsing_exception", reason } }, "id", "chats");
    assert.deepEqual(decision, {
      kind: "refuse",
      reason: "OpenSearch rejected the document (status 400, mapper_parsing_exception, field start).",
    });
    const quoting = "failed to index: 'failed to parse field [secret] of type [my words]' in field [another]";
    const told = decideItem(
      { status: 400, error: { type: "mapper_parsing_exception", reason: quoting } },
      "id",
      "chats",
    );
    assert.equal(
      told.kind === "refuse" && told.reason,
      "OpenSearch rejected the document (status 400, mapper_parsing_exception).",
    );
    const sly = decideItem(
      { status: 400, error: { type: "mapper_parsing_exception", reason: "field [my secret words] is odd" } },
      "id",
      "chats",
    );
    assert.doesNotMatch(sly.kind === "refuse" ? sly.reason : "", /secret/);
  });

  it("waits from 50 ms to 10 s, longer each time, never without chance", () => {
    const shortest = [1, 2, 3, 7, 8, 1_000].map((attempt) => backOffMs(OPENSEARCH_BACK_OFF, attempt, () => 0));
    assert.deepEqual(shortest, [50, 100, 200, 3_200, 5_000, 5_000]);
    assert.equal(
      backOffMs(OPENSEARCH_BACK_OFF, 1, () => 0.5),
      75,
    );
    assert.ok(backOffMs(OPENSEARCH_BACK_OFF, 1_000, () => 0.999_999) <= 10_000);
  });
});
