/** Costs of large and hostile aggregates for the source, bundle after bundle. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { UnpackSettings } from "../../../../src/chat/steps/records/settings";
import type { RecordsAnswer, StreamApi, StreamRecord } from "../../../../src/io/kinesis/api";
import type { KinesisReadSettings } from "../../../../src/io/kinesis/settings";
import { StreamReaders } from "../../../../src/io/kinesis/stream-readers";
import { aggregate, emptyUserRecords } from "../../../support/kinesis/kpl";
import {
  type BundleResult,
  encodeRestriction,
  LineageDriver,
  type RecordsOnly,
} from "../../../support/kinesis/lineage-driver";

const ARRIVAL_MS = 1_700_000_000_000;
const ROOT = { streamName: "fake", rootShardId: "s", salt: 0 };

const SETTINGS: KinesisReadSettings = {
  connection: { region: "none" },
  streamName: "fake",
  start: { kind: "trimHorizon" },
  untilMs: ARRIVAL_MS + 1,
  allowedDisorderMs: 400,
  idleTimeoutMs: 1_000,
  gapMs: 1_000,
  limits: { getRecordsPerS: 1e6, bytesPerS: 1e9, getIteratorPerS: 1e6, maxRecordsPerCall: 10_000 },
};

const recordsOnly: RecordsOnly = { process: (record, emit) => void emit("main", record) };

/** A stream with each record once, in one answer. */
function driverOf(data: readonly Uint8Array[], unpack?: UnpackSettings): LineageDriver {
  const records: StreamRecord[] = data.map((bytes, index) => ({
    sequenceNumber: String(index + 1),
    arrivalMs: ARRIVAL_MS,
    partitionKey: "k",
    data: bytes,
  }));
  const api: StreamApi = {
    streamName: "fake",
    listShards: async () => [{ shardId: "s" }],
    getIterator: async (_shardId, position) => (position.kind === "after" ? "behind" : "first"),
    getRecords: async (iterator): Promise<RecordsAnswer> => ({
      records: iterator === "first" ? records : [],
      nextIterator: "behind",
      millisBehindLatest: 0,
      childShards: [],
    }),
  };
  const settings = unpack === undefined ? SETTINGS : { ...SETTINGS, unpack };
  return new LineageDriver(settings, recordsOnly, new StreamReaders(api, SETTINGS.limits));
}

async function bundles(driver: LineageDriver, count: number, maxOutputs: number): Promise<readonly BundleResult[]> {
  const results: BundleResult[] = [];
  let checkpoint = driver.initial(ROOT);
  while (results.length < count) {
    const result = await driver.bundle(ROOT, checkpoint, { maxOutputs, maxDurationMs: 60_000 });
    results.push(result);
    ({ checkpoint } = result);
    if (result.done) break;
  }
  return results;
}

describe("an aggregate", () => {
  it("is decoded once, however many bundles it takes", async function () {
    this.timeout(60_000);
    const users = Array.from({ length: 26_000 }, (_, index) => ({
      partitionKey: "k",
      data: Buffer.from(`${index}`.padEnd(28)),
    }));
    const driver = driverOf([aggregate(users)]);
    const before = process.cpuUsage();
    const results = await bundles(driver, 300, 1);
    const usedMs = process.cpuUsage(before).user / 1_000;
    assert.deepEqual(
      results.flatMap(({ records }) => records.map(({ record }) => Number(Buffer.from(record.data).toString()))),
      Array.from({ length: 300 }, (_, index) => index),
    );
    assert.equal(driver.counters.get("aggregatedRecords"), 1);
    // Decoding 1 MB 300 times would take more than ten seconds.
    assert.ok(usedMs < 3_000, `${Math.round(usedMs)} ms of a processor for 300 bundles`);
  });

  it("of more user records than messages fit in it is one dead letter with its bytes, counted once", async () => {
    const overfull = emptyUserRecords(166_656);
    const driver = driverOf([Buffer.from("before"), overfull, Buffer.from("behind")]);
    const results = await bundles(driver, 10, 10_000);
    const texts = results.flatMap(({ records }) => records.map(({ record }) => Buffer.from(record.data).toString()));
    assert.deepEqual(texts, ["before", "behind"]);
    const letters = results.flatMap(({ deadLetters }) => deadLetters);
    assert.deepEqual(
      letters.map(({ code, stage, kind, messageCount, position, timestampMs }) => ({
        code,
        stage,
        kind,
        messageCount,
        position,
        timestampMs,
      })),
      [
        {
          code: "OVERFULL",
          stage: "parse",
          kind: "record",
          messageCount: 1,
          position: { shardId: "s", sequenceNumber: "2", subSequenceNumber: 0 },
          timestampMs: ARRIVAL_MS,
        },
      ],
    );
    assert.equal(letters[0]?.payload, overfull);
    assert.deepEqual([driver.counters.get("read"), driver.counters.get("unreadable")], [3, 1]);
  });

  it("that is overfull is not passed over when a checkpoint lies within it", async () => {
    const driver = driverOf([emptyUserRecords(1_001)]);
    const position = { kind: "within", sequenceNumber: "1", subSequenceNumber: 500 } as const;
    const restriction = { cursors: [{ shardId: "s", position, watermarkMs: 0 }], untilMs: ARRIVAL_MS + 1 };
    const from = { restriction: encodeRestriction(restriction), watermarkMs: 0 };
    const { deadLetters } = await driver.bundle(ROOT, from, { maxOutputs: 10, maxDurationMs: 60_000 });
    assert.deepEqual(
      deadLetters.map(({ code }) => code),
      ["OVERFULL"],
    );
  });
});

describe("a record of several messages", () => {
  it("is claimed whole, beside the user records of an aggregate, and each message has its own position", async () => {
    const user = (text: string) => ({ partitionKey: "k", data: Buffer.from(text) });
    const driver = driverOf([aggregate([user("1\n2"), user("3 4")]), gzipSync("[5, 6]"), Buffer.from(" ")], {
      ...{ payloadEncoding: "auto", recordValues: "many", timestampField: "timestamp" },
    });
    const results = await bundles(driver, 20, 1);
    const records = results.flatMap((result) => result.records.map(({ record }) => record));
    assert.deepEqual(
      records.map(({ data, position: { sequenceNumber, subSequenceNumber: sub } }) => [
        Buffer.from(data).toString(),
        sequenceNumber,
        sub % 131_072,
        Math.floor(sub / 131_072),
      ]),
      [
        ["1", "1", 0, 0],
        ["2", "1", 0, 1],
        ["3", "1", 1, 0],
        ["4", "1", 1, 1],
        ["5", "2", 0, 0],
        ["6", "2", 0, 1],
      ],
    );
    assert.equal(driver.counters.get("read"), 6);
    assert.ok(results.length > 2);
  });
});
