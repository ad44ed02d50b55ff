import assert from "node:assert/strict";
import { BeamError } from "../../../../../src/beam/error";
import {
  NoAnswer,
  type OpenSearchAnswer,
  type OpenSearchClient,
  type OpenSearchRequest,
} from "../../../../../src/io/opensearch/requests/client";
import {
  type DeadLetterEntry,
  listDeadLetters,
  readDeadLetters,
} from "../../../../../src/io/opensearch/letters/dead-letter-store";

/** Answers a fetch with `documentOf` of each id, and keeps the requests. */
class FakeCluster implements OpenSearchClient {
  readonly asked: (readonly string[])[] = [];

  constructor(private readonly documentOf: (id: string) => object) {}

  async request({ json }: OpenSearchRequest): Promise<OpenSearchAnswer> {
    const { ids } = json as { ids: readonly string[] };
    this.asked.push(ids);
    return { status: 200, body: { docs: ids.map((_id) => ({ _id, ...this.documentOf(_id) })) } };
  }

  async close(): Promise<void> {}
}

function entry(id: string, payloadBytes = 3, chunkCount = 1): DeadLetterEntry {
  return {
    id,
    code: "UNREADABLE",
    stage: "parse",
    reason: "no JSON",
    kind: "record",
    payloadBytes,
    chunkCount,
    messageCount: 1,
    position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 },
    time: "2026-01-01T00:00:00.000Z",
    writtenAt: "2026-01-01T00:00:00.000Z",
    attempts: 1,
    version: { seqNo: 1, primaryTerm: 1 },
  };
}

const there = () => ({ found: true, _source: { payload: Buffer.from("abc").toString("base64") } });

async function read(client: OpenSearchClient, entries: readonly DeadLetterEntry[]): Promise<string[]> {
  const ids: string[] = [];
  for await (const stored of readDeadLetters({ client, index: "letters" }, entries)) ids.push(stored.entry.id);
  return ids;
}

const isUnreachable = (error: unknown): boolean => error instanceof BeamError && error.code === "SERVICE_UNREACHABLE";

describe("stored dead letters", () => {
  it("are left out when they were deleted meanwhile", async () => {
    const cluster = new FakeCluster((id) => (id === "gone" ? { found: false } : there()));
    assert.deepEqual(await read(cluster, [entry("a"), entry("gone"), entry("b")]), ["a", "b"]);
  });

  it("are not taken for deleted when their shard does not answer", async () => {
    const cluster = new FakeCluster((id) => (id === "b" ? { error: { type: "no_shard_available" } } : there()));
    await assert.rejects(read(cluster, [entry("a"), entry("b")]), isUnreachable);
  });

  it("are not taken for deleted when a piece of them is missing", async () => {
    const cluster = new FakeCluster((id) => (id === "a.1" ? { found: false } : there()));
    await assert.rejects(read(cluster, [entry("a", 6, 2)]), isUnreachable);
  });

  it("are fetched some megabytes at a time, a larger one by itself", async () => {
    const cluster = new FakeCluster(there);
    const entries = [entry("a", 3_000_000), entry("b", 1_000_000), entry("c", 1_000_000), entry("d", 9_000_000)];
    assert.deepEqual(await read(cluster, entries), ["a", "b", "c", "d"]);
    assert.deepEqual(cluster.asked, [["a", "b"], ["c"], ["d"]]);
  });

  it("say so when the cluster does not answer", async () => {
    const client: OpenSearchClient = {
      request: () => Promise.reject(new NoAnswer(new Error("connect ECONNREFUSED"))),
      close: async () => undefined,
    };
    await assert.rejects(listDeadLetters({ client, index: "letters" }).next(), isUnreachable);
  });
});
