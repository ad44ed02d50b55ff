import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { putMessages } from "../../../src/io/kinesis/write";
import { onEachEmulator, type TestKinesis, withKinesis } from "../../support/kinesis/server";
import { type Random, randomOf } from "../../support/random";
import { mergeShards, openShards, splitShard } from "../../support/kinesis/reshard";
import { readSettings, StreamReader } from "../../support/kinesis/stream-reader";

const DISORDER_MS = 2_000;
const T0_MS = 1_700_000_000_000;
const BATCHES = 16;
const BATCH_RECORDS = 100;

interface Sent {
  readonly id: number;
  readonly t: number;
}

onEachEmulator("the source while its stream is resharded", function (emulator) {
  this.timeout(120_000);
  let kinesis: TestKinesis;
  withKinesis((started) => (kinesis = started), emulator);

  /** Splits a random shard, or merges a random adjacent pair. */
  async function reshard(stream: string, random: Random): Promise<void> {
    const open = await openShards(kinesis, stream);
    const index = random.int(0, open.length - 1);
    const [shard, next] = [open[index]!, open[index + 1]];
    if (next !== undefined && random.chance(0.5)) await mergeShards(kinesis, stream, [shard, next]);
    else await splitShard(kinesis, stream, shard);
  }

  /** Puts one batch; event times rise with time and lie out of order by less than the disorder. */
  async function putBatch(stream: string, batch: number, random: Random, sent: Map<number, Sent>): Promise<void> {
    const entries = Array.from({ length: BATCH_RECORDS }, (_, index) => {
      const id = batch * BATCH_RECORDS + index;
      const record = { id, t: T0_MS + id * 10 - random.int(0, DISORDER_MS) };
      sent.set(id, record);
      return { partitionKey: `user-${random.int(0, 99)}`, data: Buffer.from(JSON.stringify(record)) };
    });
    await putMessages(kinesis.client, stream, entries);
  }

  for (const seed of emulator === "kinesalite" ? [1, 2, 3] : [3]) {
    for (const killed of [false, true]) {
      it(`seed ${seed}${killed ? ", killed now and then" : ""}: nothing lost, nothing twice, the watermark passes nothing unread`, async () => {
        const random = randomOf(seed);
        const stream = `reshard-${seed}-${killed}`;
        await kinesis.createStream(stream, 2);
        const sent = new Map<number, Sent>();
        const reader = new StreamReader(
          readSettings(kinesis, stream, {
            allowedDisorderMs: DISORDER_MS,
            limits: { getRecordsPerS: 50, bytesPerS: 1e7, getIteratorPerS: 50, maxRecordsPerCall: 40 },
          }),
        );
        await reader.start();
        let reportedMs = -Infinity;
        const check = (): void => {
          assert.ok(reader.watermarkMs >= reportedMs, "the watermark went back");
          reportedMs = reader.watermarkMs;
          const read = new Set(reader.texts.map((text) => (JSON.parse(text) as Sent).id));
          for (const { id, t } of sent.values()) {
            assert.ok(
              read.has(id) || t >= reportedMs,
              `the watermark ${reportedMs} passed the unread record ${id} of ${t}`,
            );
          }
        };
        let putting = true;
        const producer = (async () => {
          for (let batch = 0; batch < BATCHES; batch++) {
            await putBatch(stream, batch, random, sent);
            if (batch % 3 === 1) await reshard(stream, random);
            await sleep(30);
          }
        })().finally(() => (putting = false));
        const total = BATCHES * BATCH_RECORDS;
        const deadlineMs = Date.now() + 60_000;
        while (putting || reader.emitted.length < total) {
          assert.ok(Date.now() < deadlineMs, `only ${reader.emitted.length} of ${sent.size} records came`);
          const dies = killed && random.chance(0.2);
          await reader.round({ maxOutputs: 30, maxDurationMs: 50 }, () => !dies);
          if (dies) reader.kill();
          check();
        }
        await producer;
        // Duplicates would come in these rounds.
        for (let round = 0; round < 5; round++) await reader.round({ maxOutputs: 30, maxDurationMs: 50 });
        reader.kill();
        assert.deepEqual(
          reader.texts.map((text) => (JSON.parse(text) as Sent).id).sort((a, b) => a - b),
          [...sent.keys()].sort((a, b) => a - b),
        );
        assert.equal(reader.deadLetters.length, 0);
        const shards = new Set(reader.records.map(({ position }) => position.shardId));
        assert.ok(shards.size > 2, "children were read");
        for (const { timestampMs, watermarkMs } of reader.emitted) assert.ok(timestampMs >= watermarkMs);
      });
    }
  }

  it("starts at a time: shards that closed before it, and their parents, give nothing", async () => {
    const stream = "reshard-start";
    const random = randomOf(7);
    await kinesis.createStream(stream, 2);
    const sent = new Map<number, Sent>();
    for (let batch = 0; batch < 3; batch++) {
      await putBatch(stream, batch, random, sent);
      await reshard(stream, random);
    }
    await putBatch(stream, 3, random, sent);
    // The emulator stamps a child shard's first records up to two seconds ahead.
    await sleep(2_500);
    const atMs = Date.now();
    const expected = new Map<number, Sent>();
    await putBatch(stream, 4, random, expected);
    await reshard(stream, random);
    await putBatch(stream, 5, random, expected);
    await sleep(2_500);
    const start = { kind: "timestamp", atMs } as const;
    const reader = new StreamReader(readSettings(kinesis, stream, { start, untilMs: Date.now() }));
    await reader.start();
    await reader.readUntil(() => false);
    reader.kill();
    assert.deepEqual(
      reader.texts.map((text) => (JSON.parse(text) as Sent).id).sort((a, b) => a - b),
      [...expected.keys()],
    );
  });
});
