/** A shard's answers beside records, on the emulator that gives them. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { putMessages } from "../../../src/io/kinesis/write";
import * as faults from "../../support/faults/answers";
import { startFaultProxy } from "../../support/faults/fault-proxy";
import { splitShard } from "../../support/kinesis/reshard";
import { type TestKinesis, withKinesis } from "../../support/kinesis/server";
import { readSettings, StreamReader } from "../../support/kinesis/stream-reader";

describe("answers of Kinesis (kinesis-local)", function () {
  this.timeout(60_000);
  let kinesis: TestKinesis;
  withKinesis((started) => (kinesis = started), "kinesis-local");

  const put = (stream: string, from: number, to: number) =>
    putMessages(
      kinesis.client,
      stream,
      Array.from({ length: to - from }, (_, index) => ({
        partitionKey: `user-${from + index}`,
        data: Buffer.from(String(from + index)),
      })),
    );

  it("say how far the reader is behind, and that it is at the tip", async () => {
    await kinesis.createStream("lag", 1);
    for (let from = 0; from < 40; from += 10) {
      await put("lag", from, from + 10);
      // Arrival times have milliseconds.
      await sleep(20);
    }
    const limits = { getRecordsPerS: 20, bytesPerS: 1e7, getIteratorPerS: 5, maxRecordsPerCall: 10 };
    const reader = new StreamReader(readSettings(kinesis, "lag", { limits }));
    await reader.start();
    const lagMs = (): number => reader.gauges.get("millisBehindLatest") ?? 0;
    let largestMs = 0;
    while (reader.emitted.length < 40) {
      await reader.round({ maxOutputs: 5, maxDurationMs: 200 });
      largestMs = Math.max(largestMs, lagMs());
    }
    assert.ok(largestMs > 0, "never behind");
    await reader.readUntil(() => lagMs() === 0);
    reader.kill();
  });

  it("name the children of a closed shard, which are read without a listing", async () => {
    await kinesis.createStream("children", 1);
    await put("children", 0, 20);
    const proxy = await startFaultProxy(kinesis.url);
    const reader = new StreamReader(readSettings({ url: proxy.url }, "children"));
    try {
      await reader.start();
      const matches = ({ operation }: { operation: string }): boolean => operation === "ListShards";
      proxy.setRule({ matches, fraction: 1, faults: [faults.kinesisLimitExceeded] });
      await splitShard(kinesis, "children");
      await put("children", 20, 60);
      await reader.readUntil(() => reader.emitted.length === 60);
      assert.equal(new Set(reader.texts).size, 60);
      assert.equal(new Set(reader.records.map(({ position }) => position.shardId)).size, 3);
      assert.equal(proxy.faultCount(), 0);
    } finally {
      reader.kill();
      await proxy.close();
    }
  });
});
