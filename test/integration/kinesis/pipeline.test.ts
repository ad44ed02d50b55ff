import assert from "node:assert/strict";
import { doFn } from "../../../src/beam/authoring";
import { DirectRunner } from "../../../src/beam/direct";
import { Pipeline, Root } from "../../../src/beam/sdk";
import { readKinesis } from "../../../src/io/kinesis/read";
import type { KinesisReadSettings } from "../../../src/io/kinesis/settings";
import { putMessages } from "../../../src/io/kinesis/write";
import type { SourceRecord } from "../../../src/chat/model";
import * as faults from "../../support/faults/answers";
import { startFaultProxy } from "../../support/faults/fault-proxy";
import { onEachEmulator, type TestKinesis, withKinesis } from "../../support/kinesis/server";
import { fieldParser, readSettings } from "../../support/kinesis/stream-reader";
import { until } from "../../support/until";

const T0_MS = 1_700_000_000_000;
const seen: string[] = [];

const collect = doFn("test/kinesis/collect", {
  outputs: {},
  open: () => ({
    process({ data }: SourceRecord) {
      seen.push(Buffer.from(data).toString("utf8"));
    },
  }),
});

function pipelineOf(settings: KinesisReadSettings) {
  const pipeline = new Pipeline();
  const { messages } = new Root(pipeline).apply(readKinesis(settings, fieldParser()));
  messages.apply(collect());
  return pipeline.getProto();
}

onEachEmulator("the source in a pipeline", function (emulator) {
  this.timeout(60_000);
  let kinesis: TestKinesis;
  withKinesis((started) => (kinesis = started), emulator);
  beforeEach(() => (seen.length = 0));

  const put = (stream: string, from: number, count: number) =>
    putMessages(
      kinesis.client,
      stream,
      Array.from({ length: count }, (_, index) => ({
        partitionKey: `user-${index % 20}`,
        data: Buffer.from(JSON.stringify({ id: from + index, t: T0_MS + from + index })),
      })),
    );
  const idsSeen = (): number[] => seen.map((text) => (JSON.parse(text) as { id: number }).id).sort((a, b) => a - b);
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it("reads up to the tip and ends, every record counted", async () => {
    await kinesis.createStream("bounded", 3);
    await put("bounded", 0, 2_000);
    const run = await new DirectRunner().run(pipelineOf(readSettings(kinesis, "bounded", { untilMs: Date.now() })));
    await run.finished;
    assert.deepEqual(idsSeen(), range(2_000));
    const read = (await run.metrics()).filter(({ name }) => name === "read");
    assert.deepEqual(
      read.map(({ transform, value }) => [transform, value]),
      [["readKinesis/readLineage", 2_000]],
    );
  });

  it("goes on reading what comes, until it is drained", async () => {
    await kinesis.createStream("unbounded", 2);
    await put("unbounded", 0, 300);
    const run = await new DirectRunner().run(pipelineOf(readSettings(kinesis, "unbounded")));
    await until("the first records came", () => seen.length === 300);
    await put("unbounded", 300, 300);
    await until("the later records came", () => seen.length === 600);
    await run.drain();
    assert.deepEqual(idsSeen(), range(600));
  });

  it("begins in spite of what ListShards may answer meanwhile", async () => {
    await kinesis.createStream("listed", 2);
    await put("listed", 0, 50);
    const refusals = [
      faults.kinesisRefusal("ResourceInUseException", "Stream listed is being updated."),
      faults.kinesisRefusal("LimitExceededException", "Rate exceeded for stream listed."),
      faults.kinesisRefusal("ExpiredNextTokenException", "The NextToken has expired."),
      faults.kinesisRefusal("InvalidArgumentException", "The shard filter's Timestamp is ahead of the current time."),
    ];
    const proxy = await startFaultProxy(kinesis.url);
    try {
      const refuseNext = (): void => {
        const refusal = refusals.shift();
        proxy.setRule(refusal && { matches, fraction: 1, faults: [refusal] });
      };
      const matches = ({ operation }: { operation: string }): boolean => {
        if (operation === "ListShards") queueMicrotask(refuseNext);
        return operation === "ListShards";
      };
      refuseNext();
      const run = await new DirectRunner().run(pipelineOf(readSettings({ url: proxy.url }, "listed")));
      await until("the records came", () => seen.length === 50);
      await run.drain();
      assert.equal(proxy.faultCount(), 4);
    } finally {
      await proxy.close();
    }
  });

  it("ends with the source's own error", async () => {
    const run = await new DirectRunner().run(pipelineOf(readSettings(kinesis, "missing")));
    await assert.rejects(run.finished, { name: "JobError", code: "STREAM_NOT_FOUND" });
  });
});
