import assert from "node:assert/strict";
import { MIN_TIMESTAMP_MS } from "../../../../src/beam/values";
import type { RecordsAnswer, StreamApi } from "../../../../src/io/kinesis/api";
import type { KinesisReadSettings } from "../../../../src/io/kinesis/settings";
import { StreamReaders } from "../../../../src/io/kinesis/stream-readers";
import { LineageDriver, type RecordsOnly } from "../../../support/kinesis/lineage-driver";
import { oneClock } from "../../../support/kinesis/one-clock";

const START_MS = 1_700_000_000_000;
const POLL_MS = 100;
const DISORDER_MS = 400;

const SETTINGS: KinesisReadSettings = {
  connection: { region: "none" },
  streamName: "fake",
  start: { kind: "trimHorizon" },
  allowedDisorderMs: DISORDER_MS,
  idleTimeoutMs: 1_000,
  gapMs: 1_000,
  limits: { getRecordsPerS: 1e6, bytesPerS: 1e9, getIteratorPerS: 1e6, maxRecordsPerCall: 10_000 },
};

/** A shard that gets a record which is no message between any two polls; its clock moves with the polls. */
class ShardOfNoise implements StreamApi {
  readonly streamName = "fake";
  nowMs = START_MS;

  constructor(private readonly millisBehindLatest: number) {}

  async listShards() {
    return [{ shardId: "shardId-0" }];
  }

  async getIterator() {
    return "iterator";
  }

  async getRecords(): Promise<RecordsAnswer> {
    this.nowMs += POLL_MS;
    const record = { sequenceNumber: String(this.nowMs), arrivalMs: this.nowMs, data: Buffer.from("noise") };
    return {
      records: [{ ...record, partitionKey: "key" }],
      nextIterator: "iterator",
      millisBehindLatest: this.millisBehindLatest,
      childShards: [],
    };
  }
}

/** Emits each record itself, without an event time. */
const timeless: RecordsOnly = { process: (record, emit) => void emit("main", record) };

/** The watermark after `count` records, and the arrival of the last of them. */
async function read(shard: ShardOfNoise, count: number): Promise<{ watermarkMs: number; lastArrivalMs: number }> {
  const clock = oneClock(() => shard.nowMs);
  const driver = new LineageDriver(SETTINGS, timeless, new StreamReaders(shard, SETTINGS.limits, clock));
  const root = { streamName: "fake", rootShardId: "shardId-0", salt: 0 };
  let checkpoint = driver.initial(root);
  let lastArrivalMs = 0;
  for (let left = count; left > 0;) {
    const result = await driver.bundle(root, checkpoint, { maxOutputs: 4, maxDurationMs: 60_000 });
    ({ checkpoint } = result);
    left -= result.records.length;
    lastArrivalMs = result.records.at(-1)?.record.arrivalMs ?? lastArrivalMs;
  }
  driver.end();
  return { watermarkMs: checkpoint.watermarkMs, lastArrivalMs };
}

describe("a shard that brings no event time, but is never empty", () => {
  it("holds the watermark until the idle time-out, then moves it with what has arrived", async () => {
    assert.equal((await read(new ShardOfNoise(0), 5)).watermarkMs, MIN_TIMESTAMP_MS);
    const { watermarkMs, lastArrivalMs } = await read(new ShardOfNoise(0), 30);
    assert.ok(watermarkMs <= lastArrivalMs - DISORDER_MS, "the watermark passed what may still come");
    assert.ok(watermarkMs >= lastArrivalMs - DISORDER_MS - 4 * POLL_MS, "the watermark stayed behind");
  });

  it("holds the watermark for as long as it is behind its tip", async () => {
    assert.equal((await read(new ShardOfNoise(1), 30)).watermarkMs, MIN_TIMESTAMP_MS);
  });
});
