import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_TIMESTAMP_MS } from "../../../../src/beam/values";
import { rootsOf } from "../../../../src/io/kinesis/lineage";
import type { KinesisReadSettings } from "../../../../src/io/kinesis/settings";
import { StreamReaders } from "../../../../src/io/kinesis/stream-readers";
import { decodeUser, FakeStream, randomStream, sentParser } from "../../../support/kinesis/fake-stream";
import { type Checkpoint, decodeRestriction, LineageDriver } from "../../../support/kinesis/lineage-driver";
import { type Random, randomOf } from "../../../support/random";
import { oneClock } from "../../../support/kinesis/one-clock";

const DISORDER_MS = 400;

function settings(): KinesisReadSettings {
  return {
    connection: { region: "none" },
    streamName: "fake",
    start: { kind: "trimHorizon" },
    untilMs: Date.now() - 1,
    allowedDisorderMs: DISORDER_MS,
    idleTimeoutMs: 60_000,
    gapMs: 1_000,
    limits: { getRecordsPerS: 1e6, bytesPerS: 1e9, getIteratorPerS: 1e6, maxRecordsPerCall: 10_000 },
  };
}

const driverOf = (stream: FakeStream, own: KinesisReadSettings): LineageDriver =>
  new LineageDriver(own, sentParser, new StreamReaders(stream, own.limits));

/** The records that a lineage must still read after this checkpoint, from its shards, discovered or not. */
function unread(stream: FakeStream, rootShardId: string, checkpoint: Checkpoint): readonly number[] {
  const { cursors } = decodeRestriction(checkpoint.restriction);
  const shards = stream.lineageOf(rootShardId);
  const byId = new Map(shards.map((shard) => [shard.shardId, shard]));
  const isBelow = (shardId: string | undefined, ancestor: string): boolean =>
    shardId !== undefined && (shardId === ancestor || isBelow(byId.get(shardId)?.parentShardId, ancestor));
  return cursors.flatMap(({ shardId, position }) => {
    const below = shards.filter((shard) => shard.shardId !== shardId && isBelow(shard.parentShardId, shardId));
    const own = byId.get(shardId)!.records.flatMap(({ record, users }) => {
      if (position.kind === "horizon" || position.kind === "timestamp") return users;
      const [at, read] = [BigInt(record.sequenceNumber), BigInt(position.sequenceNumber)];
      if (at > read) return users;
      return at === read && position.kind === "within" ? users.slice(position.subSequenceNumber + 1) : [];
    });
    return [...own, ...below.flatMap(({ records }) => records.flatMap(({ users }) => users))].map(
      (user) => user.eventMs,
    );
  });
}

interface Run {
  readonly ids: number[];
  readonly order: Map<string, string[]>;
  readonly deadLetters: number;
}

/** Reads one lineage to its end. With `kills`, the process dies now and then and the last checkpoint is restored. */
async function readAll(stream: FakeStream, rootShardId: string, random: Random, kills: number): Promise<Run> {
  const own = settings();
  const root = { streamName: "fake", rootShardId, salt: 0 };
  let driver = driverOf(stream, own);
  let checkpoint = driver.initial(root);
  const run = { ids: [] as number[], order: new Map<string, string[]>(), deadLetters: 0 };
  for (;;) {
    const limits = { maxOutputs: random.int(1, 40), maxDurationMs: random.int(1, 40) };
    const result = await driver.bundle(root, checkpoint, limits);
    for (const { record, timestampMs, watermarkMs } of result.records) {
      assert.ok(timestampMs >= watermarkMs, `${timestampMs} came after a watermark of ${watermarkMs} was reported`);
      run.ids.push(decodeUser(record.data).id);
      const { shardId, sequenceNumber, subSequenceNumber } = record.position;
      const places = run.order.get(shardId) ?? run.order.set(shardId, []).get(shardId)!;
      places.push(`${sequenceNumber}.${subSequenceNumber}`);
    }
    run.deadLetters += result.deadLetters.length;
    const oldestMs = Math.min(MAX_TIMESTAMP_MS, ...unread(stream, rootShardId, result.checkpoint));
    const { watermarkMs } = result.checkpoint;
    assert.ok(result.done || watermarkMs <= oldestMs, `watermark ${watermarkMs} passed an unread ${oldestMs}`);
    assert.ok(watermarkMs >= checkpoint.watermarkMs, "the watermark went back");
    if (random.chance(kills)) {
      driver.end();
      driver = driverOf(stream, own);
      // The process dies before this checkpoint is kept, or right after it.
      if (random.chance(0.5)) continue;
    }
    checkpoint = result.checkpoint;
    if (result.done) break;
    await sleep(Math.min(result.delayMs, 5));
  }
  driver.end();
  return run;
}

const idsOf = (stream: FakeStream): number[] =>
  stream.shards.flatMap(({ records }) => records.flatMap(({ users }) => users.map(({ id }) => id)));

describe("reading lineages whose shards the retention took", () => {
  it("goes on behind the gap, with its grandchildren, and reads each of them once", async () => {
    const random = randomOf(9);
    const stream = new FakeStream(random, 0);
    const roots = [stream.open(), stream.open(), stream.open()];
    const fill = (shard: (typeof roots)[number]): void => {
      for (let count = 0; count < 20; count++) stream.put(shard, 1_700_000_000_000, [1_700_000_000_000]);
    };
    roots.forEach(fill);
    let skippedMs = 0;
    const own = settings();
    const clock = oneClock(() => Date.now() + skippedMs);
    const driver = (): LineageDriver =>
      new LineageDriver(own, sentParser, new StreamReaders(stream, own.limits, clock));
    const reads = { driver: driver(), ids: [] as number[] };
    const lineages = new Map(
      roots.map(({ shardId: rootShardId }) => {
        const root = { streamName: "fake", rootShardId, salt: 0 };
        return [rootShardId, { root, checkpoint: reads.driver.initial(root), done: false }];
      }),
    );
    const round = async (maxOutputs: number): Promise<void> => {
      for (const lineage of [...lineages.values()].filter(({ done }) => !done)) {
        const limits = { maxOutputs, maxDurationMs: 1_000 };
        const result = await reads.driver.bundle(lineage.root, lineage.checkpoint, limits);
        reads.ids.push(...result.records.map(({ record }) => decodeUser(record.data).id));
        Object.assign(lineage, { checkpoint: result.checkpoint, done: result.done });
        skippedMs += result.delayMs;
      }
    };
    await round(5);
    reads.driver.end();
    // While the job stands still, the first two shards are split and merged, and again, and then forgotten.
    const [a, b] = stream.split(roots[0]!);
    const merged = stream.merge(b, roots[1]!);
    const grandchildren = [...stream.split(a), ...stream.split(merged)];
    grandchildren.forEach(fill);
    stream.expire(roots[0]!, roots[1]!, a, b, merged);
    const expected = [...roots.slice(2), ...grandchildren].flatMap(({ records }) =>
      records.flatMap(({ users }) => users.map(({ id }) => id)),
    );
    const before = new Set(reads.ids);
    reads.driver = driver();
    while ([...lineages.values()].some(({ done }) => !done)) await round(50);
    const after = reads.ids.slice(before.size);
    assert.deepEqual(
      after.sort((x, y) => x - y),
      expected.filter((id) => !before.has(id)).sort((x, y) => x - y),
    );
    assert.equal(reads.driver.counters.get("expiredShards"), 2);
  });
});

describe("reading lineages of a stream with a past", function () {
  this.timeout(60_000);
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

  for (const seed of seeds) {
    it(`seed ${seed}: every record once and in its shard's order; the watermark passes nothing unread or undiscovered`, async () => {
      const random = randomOf(seed);
      const stream = randomStream(random, 400, DISORDER_MS, 0.15);
      const runs = await Promise.all(rootsOf(stream.shards).map(({ shardId }) => readAll(stream, shardId, random, 0)));
      assert.deepEqual(
        runs.flatMap(({ ids }) => ids).sort((a, b) => a - b),
        idsOf(stream).sort((a, b) => a - b),
      );
      assert.equal(
        runs.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
        0,
      );
      const read = new Map(runs.flatMap(({ order }) => [...order]));
      for (const { shardId, records } of stream.shards) {
        const expected = records.flatMap(({ record, users }) =>
          users.map((_, sub) => `${record.sequenceNumber}.${sub}`),
        );
        assert.deepEqual(read.get(shardId) ?? [], expected);
      }
    });

    it(`seed ${seed}: killed again and again, nothing is lost`, async () => {
      const random = randomOf(seed + 1_000);
      const stream = randomStream(random, 300, DISORDER_MS, 0.1);
      const runs = await Promise.all(
        rootsOf(stream.shards).map(({ shardId }) => readAll(stream, shardId, random, 0.2)),
      );
      const ids = [...new Set(runs.flatMap((run) => run.ids))].sort((a, b) => a - b);
      assert.deepEqual(
        ids,
        idsOf(stream).sort((a, b) => a - b),
      );
    });
  }
});
