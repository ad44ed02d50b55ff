import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteStreamCommand } from "@aws-sdk/client-kinesis";
import { latest } from "../../../src/io/kinesis/settings";
import { putMessages } from "../../../src/io/kinesis/write";
import { checkStream } from "../../../src/io/kinesis/check";
import { startFaultProxy, type FaultProxy } from "../../support/faults/fault-proxy";
import * as faults from "../../support/faults/answers";
import { aggregate } from "../../support/kinesis/kpl";
import { onEachEmulator, TEST_REGION, type TestKinesis, withKinesis } from "../../support/kinesis/server";
import { randomOf } from "../../support/random";
import { readSettings, StreamReader } from "../../support/kinesis/stream-reader";

const T0_MS = 1_700_000_000_000;
const text = (index: number): string => JSON.stringify({ id: index, t: T0_MS + index });
const idsOf = (texts: readonly string[]): number[] => texts.map((json) => (JSON.parse(json) as { id: number }).id);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

onEachEmulator("the source on a real Kinesis", function (emulator) {
  this.timeout(120_000);
  let kinesis: TestKinesis;
  let proxy: FaultProxy;
  let streams = 0;

  after(() => proxy?.close());
  withKinesis((started) => (kinesis = started), emulator);
  before(async () => {
    proxy = await startFaultProxy(kinesis.url);
  });
  afterEach(() => proxy.setRule(undefined));

  const newStream = async (shardCount: number): Promise<string> => {
    const name = `source-${++streams}`;
    await kinesis.createStream(name, shardCount);
    return name;
  };
  const put = (stream: string, from: number, to: number) =>
    putMessages(
      kinesis.client,
      stream,
      range(from, to).map((id) => ({ partitionKey: `user-${id % 50}`, data: Buffer.from(text(id)) })),
    );
  /** Keeps two instants apart: arrival times of emulators and clocks have milliseconds. */
  const tick = async (): Promise<number> => {
    await sleep(20);
    const nowMs = Date.now();
    await sleep(20);
    return nowMs;
  };

  it("TRIM_HORIZON to the tip: every record once, in its shard's order, with its position and arrival; then it ends", async () => {
    const stream = await newStream(4);
    const places = await put(stream, 0, 3_000);
    const untilMs = await tick();
    await put(stream, 3_000, 3_100);
    const reader = new StreamReader(readSettings(kinesis, stream, { untilMs }));
    await reader.start();
    await reader.readUntil(() => false);
    reader.kill();
    assert.ok(reader.done);
    assert.deepEqual(
      idsOf(reader.texts).sort((a, b) => a - b),
      range(0, 3_000),
    );
    const last = new Map<string, bigint>();
    for (const { position, arrivalMs, data } of reader.records) {
      const { id } = JSON.parse(Buffer.from(data).toString()) as { id: number };
      assert.deepEqual(position, { ...places[id], subSequenceNumber: 0 });
      assert.ok(arrivalMs <= untilMs && arrivalMs > untilMs - 60_000);
      assert.ok(BigInt(position.sequenceNumber) > (last.get(position.shardId) ?? 0n));
      last.set(position.shardId, BigInt(position.sequenceNumber));
    }
  });

  it("AT_TIMESTAMP: what arrived from then on, also in shards that hold nothing since", async () => {
    const stream = await newStream(3);
    await put(stream, 0, 200);
    const atMs = await tick();
    // One user is one shard; the others stay silent.
    await putMessages(kinesis.client, stream, [{ partitionKey: "user-1", data: Buffer.from(text(200)) }]);
    const reader = new StreamReader(
      readSettings(kinesis, stream, { start: { kind: "timestamp", atMs }, untilMs: await tick() }),
    );
    await reader.start();
    await reader.readUntil(() => false);
    reader.kill();
    assert.deepEqual(idsOf(reader.texts), [200]);
  });

  it("LATEST is the time at which the job began, also when it dies before its first record", async () => {
    const stream = await newStream(2);
    await put(stream, 0, 100);
    const start = latest(await tick());
    const reader = new StreamReader(readSettings(kinesis, stream, { start }));
    await reader.start();
    for (let round = 0; round < 3; round++) await reader.round({ maxOutputs: 10, maxDurationMs: 100 });
    assert.equal(reader.emitted.length, 0);
    reader.kill();
    await put(stream, 100, 200);
    await reader.readUntil(() => reader.emitted.length >= 100);
    reader.kill();
    assert.deepEqual(
      idsOf(reader.texts).sort((a, b) => a - b),
      range(100, 200),
    );
  });

  for (const seed of emulator === "kinesalite" ? [1, 2, 3] : [4]) {
    it(`seed ${seed}: killed at random times, aggregates included: nothing is lost, and nothing comes twice by checkpoints`, async () => {
      const random = randomOf(seed);
      const stream = await newStream(2);
      const entries = [];
      let id = 0;
      while (id < 2_000) {
        const count = random.chance(0.3) ? random.int(2, 40) : 1;
        const users = range(id, id + count).map((own) => ({ partitionKey: `u${own}`, data: Buffer.from(text(own)) }));
        entries.push({ partitionKey: `key-${id}`, data: count === 1 ? users[0]!.data : aggregate(users) });
        id += count;
      }
      await putMessages(kinesis.client, stream, entries);
      const reader = new StreamReader(readSettings(kinesis, stream, { untilMs: await tick() }));
      await reader.start();
      while (!reader.done) {
        const dies = random.chance(0.2);
        await reader.round({ maxOutputs: random.int(1, 120), maxDurationMs: random.int(1, 100) }, () => !dies);
        if (dies) reader.kill();
      }
      reader.kill();
      assert.deepEqual(
        idsOf(reader.texts).sort((a, b) => a - b),
        range(0, id),
      );
    });
  }

  it("goes on in the middle of an aggregate", async () => {
    const stream = await newStream(1);
    const users = range(0, 10).map((id) => ({ partitionKey: `u${id}`, data: Buffer.from(text(id)) }));
    await putMessages(kinesis.client, stream, [{ partitionKey: "k", data: aggregate(users) }]);
    const reader = new StreamReader(readSettings(kinesis, stream, { untilMs: await tick() }));
    await reader.start();
    while (!reader.done) {
      await reader.round({ maxOutputs: 3, maxDurationMs: 5_000 });
      reader.kill();
    }
    assert.deepEqual(idsOf(reader.texts), range(0, 10));
    assert.deepEqual(
      reader.records.map(({ position }) => position.subSequenceNumber),
      range(0, 10),
    );
  });

  it("a shard that is idle at its tip moves on by the clock; before that it holds", async () => {
    const stream = await newStream(1);
    await put(stream, 0, 10);
    const reader = new StreamReader(readSettings(kinesis, stream, { idleTimeoutMs: 6_000, allowedDisorderMs: 5_000 }));
    await reader.start();
    await reader.readUntil(() => reader.emitted.length === 10);
    await reader.round({ maxOutputs: 10, maxDurationMs: 100 });
    assert.equal(reader.watermarkMs, T0_MS + 9 - 5_000);
    const beganMs = Date.now();
    await reader.readUntil(() => reader.watermarkMs > T0_MS + 9);
    reader.kill();
    assert.ok(reader.watermarkMs > beganMs - 5_000 && reader.watermarkMs <= Date.now() - 5_000);
  });

  it("a record whose session would be gone becomes a dead letter with its bytes; one that is not read becomes none", async () => {
    const stream = await newStream(1);
    const puts = async (...times: (number | undefined)[]) => {
      const entries = times.map((t) => ({ partitionKey: "k", data: Buffer.from(JSON.stringify({ id: 1, t })) }));
      await putMessages(kinesis.client, stream, entries);
    };
    const reader = new StreamReader(readSettings(kinesis, stream, { gapMs: 10_000, allowedDisorderMs: 1_000 }));
    await reader.start();
    await puts(T0_MS);
    await reader.readUntil(() => reader.emitted.length === 1);
    await reader.readUntil(() => reader.watermarkMs === T0_MS - 1_000);
    await puts(T0_MS - 11_000, T0_MS - 10_999, undefined);
    await reader.readUntil(() => reader.emitted.length + reader.deadLetters.length === 4);
    assert.equal(reader.counters.get("tooLate"), 1);
    assert.equal(reader.counters.get("read"), 4);
    reader.kill();
    const [letter] = reader.deadLetters;
    assert.deepEqual(letter && { code: letter.code, stage: letter.stage, kind: letter.kind, n: letter.messageCount }, {
      code: "TOO_LATE",
      stage: "source",
      kind: "record",
      n: 1,
    });
    assert.equal(Buffer.from(letter!.payload).toString(), JSON.stringify({ id: 1, t: T0_MS - 11_000 }));
    const unreadable = reader.emitted.at(-1)!;
    assert.equal(unreadable.timestampMs, unreadable.record.arrivalMs);
    assert.equal(reader.watermarkMs, T0_MS - 1_000, "a record that will not become a message moves nothing");
  });

  it("says at the start what is wrong with a stream", async () => {
    const stream = await newStream(1);
    await checkStream(readSettings(kinesis, stream));
    await assert.rejects(checkStream(readSettings(kinesis, "nowhere")), { code: "STREAM_NOT_FOUND" });
    const closed = { region: TEST_REGION, endpoint: "http://127.0.0.1:1" };
    await assert.rejects(checkStream({ connection: closed, streamName: stream }), { code: "SERVICE_UNREACHABLE" });
  });

  it("ends with one sentence when the stream is gone", async () => {
    const stream = await newStream(1);
    const reader = new StreamReader(readSettings(kinesis, stream));
    await reader.start();
    await kinesis.client.send(new DeleteStreamCommand({ StreamName: stream }));
    await assert.rejects(
      reader.readUntil(() => false),
      { name: "JobError", code: "STREAM_NOT_FOUND" },
    );
    reader.kill();
  });

  // The proxy's faults are the same before any server.
  if (emulator !== "kinesalite") return;

  it("outlives expired iterators, throttling, errors and lost connections", async () => {
    const stream = await newStream(2);
    await put(stream, 0, 2_000);
    proxy.setRule({
      matches: ({ operation }) => operation === "GetRecords" || operation === "GetShardIterator",
      fraction: 0.4,
      faults: [
        faults.kinesisIteratorExpired,
        faults.kinesisThrottled,
        faults.kinesisInternalFailure,
        { kind: "drop" },
        { kind: "loseAnswer" },
      ],
    });
    const limits = { getRecordsPerS: 100, bytesPerS: 1e7, getIteratorPerS: 100, maxRecordsPerCall: 50 };
    const reader = new StreamReader(readSettings({ url: proxy.url }, stream, { untilMs: await tick(), limits }));
    await reader.start();
    await reader.readUntil(() => false);
    assert.ok(proxy.faultCount() > 10);
    assert.ok((reader.counters.get("throttles") ?? 0) > 0);
    assert.equal(reader.counters.get("read"), 2_000);
    reader.kill();
    assert.deepEqual(
      idsOf(reader.texts).sort((a, b) => a - b),
      range(0, 2_000),
    );
  });
});
