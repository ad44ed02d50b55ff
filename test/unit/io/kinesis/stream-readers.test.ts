/** Bounds of the memory of many shards' pollers, when every answer has the largest size that Kinesis sends. */
import assert from "node:assert/strict";
import type { RecordsAnswer, StreamApi } from "../../../../src/io/kinesis/api";
import type { ShardPoller } from "../../../../src/io/kinesis/poller";
import { SHARD_LIMITS } from "../../../../src/io/kinesis/settings";
import { StreamReaders } from "../../../../src/io/kinesis/stream-readers";
import { oneClock } from "../../../support/kinesis/one-clock";

const MIB = 1024 * 1024;
const SHARDS = 40;
/** All answers share it. */
const DATA = Buffer.alloc(10 * MIB);
const MAX_AHEAD_BYTES = 64 * MIB;
const MAX_BUFFERED_BYTES = 2 * MAX_AHEAD_BYTES;

const api: StreamApi = {
  streamName: "fake",
  listShards: async () => [],
  getIterator: async () => "iterator",
  getRecords: async (): Promise<RecordsAnswer> => ({
    records: [{ sequenceNumber: "1", arrivalMs: 0, partitionKey: "k", data: DATA }],
    nextIterator: "iterator",
    millisBehindLatest: 1,
    childShards: [],
  }),
};

describe("the readers of a stream whose retention took shards and their children", () => {
  const listing = [
    { shardId: "read", parentShardId: "p" },
    { shardId: "o1", parentShardId: "c" },
    { shardId: "o2", parentShardId: "c" },
    { shardId: "below", parentShardId: "o1" },
  ];
  const gone = Object.assign(new Error(), { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 400 } });
  const lost: StreamApi = { ...api, listShards: async () => listing, getIterator: () => Promise.reject(gone) };
  const cursor = (shardId: string) => ({ shardId, position: { kind: "horizon" }, watermarkMs: 0 }) as const;

  it("give what nobody reads to one lineage, and to the same one again", async () => {
    let nowMs = 1_000_000;
    const clock = oneClock(() => nowMs);
    const readers = new StreamReaders(lost, SHARD_LIMITS, clock);
    readers.lease("other", cursor("read"));
    const childrenOf = async (lineage: string): Promise<readonly string[] | undefined> => {
      const poller = readers.lease(lineage, cursor(`gone-${lineage}`));
      for (let count = 0; count < 12; count++) {
        nowMs += poller.dueInMs();
        poller.pump(() => "ahead");
        await poller.underWay;
      }
      poller.answer();
      readers.drop(poller);
      return poller.children;
    };
    assert.deepEqual(await childrenOf("a"), ["o1", "o2"]);
    assert.deepEqual(await childrenOf("b"), []);
    readers.lease("a", cursor("o1"));
    assert.deepEqual(await childrenOf("b"), []);
    assert.deepEqual(await childrenOf("a"), ["o1", "o2"], "a restored checkpoint");
  });
});

describe("the readers of a stream of large records", () => {
  let nowMs: number;
  let readers: StreamReaders;
  let pollers: readonly ShardPoller[];

  beforeEach(() => {
    nowMs = 1_000_000;
    const clock = oneClock(() => nowMs);
    readers = new StreamReaders(api, SHARD_LIMITS, clock);
    pollers = Array.from({ length: SHARDS }, (_, index) =>
      readers.lease("lineage", { shardId: `s${index}`, position: { kind: "horizon" }, watermarkMs: 0 }),
    );
  });

  /** One poller after the other, as a lineage does; a request of each may be under way at once. */
  async function rounds(count: number, afterMs: number): Promise<void> {
    for (let round = 0; round < count; round++) {
      nowMs += afterMs;
      for (const poller of pollers) {
        poller.answer();
        poller.pump(() => readers.allowedFor(poller));
        await poller.underWay;
      }
    }
  }
  const held = (): number => pollers.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);

  it("stop fetching ahead, then fetching, and go on when answers are done", async () => {
    await rounds(4, 60_000);
    assert.ok(held() >= MAX_BUFFERED_BYTES && held() <= MAX_BUFFERED_BYTES + 11 * MIB, `${held()} bytes`);
    const hungry = pollers.filter((poller) => poller.answer() === undefined);
    assert.ok(hungry.length > 0);
    // Nobody spins: the next look is some time away.
    for (const poller of hungry) assert.ok(poller.dueInMs() > 0);
  });

  it("let every shard have its turn, also while all wait for room", async () => {
    await rounds(1, 60_000);
    const served = new Set<ShardPoller>();
    for (let round = 0; round < SHARDS; round++) {
      for (const poller of pollers) if (poller.answer() !== undefined) served.add(poller);
      // Downstream is slow: one answer is done in a second, and its shard could have the next at once.
      pollers.find((poller) => poller.hasAnswer)?.done();
      await rounds(1, 1_000);
    }
    assert.equal(served.size, SHARDS);
  });

  it("count answers that are under way", async () => {
    await rounds(1, 60_000);
    for (const poller of pollers) {
      poller.answer();
      poller.done();
    }
    nowMs += 60_000;
    for (const poller of pollers) poller.pump(() => readers.allowedFor(poller));
    assert.ok(held() <= MAX_BUFFERED_BYTES + 11 * MIB, `${held()} bytes will be there`);
    await Promise.all(pollers.flatMap(({ underWay }) => underWay ?? []));
  });
});
