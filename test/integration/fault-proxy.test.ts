import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json, text } from "node:stream/consumers";
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type FaultProxy, startFaultProxy } from "../support/faults/fault-proxy";
import * as faults from "../support/faults/answers";
import { TEST_CREDENTIALS, TEST_REGION, type TestKinesis, startKinesis } from "../support/kinesis/server";

describe("fault proxy before a real Kinesis", function () {
  this.timeout(60_000);
  let kinesis: TestKinesis;
  let proxy: FaultProxy;
  let client: KinesisClient;
  const shard = { StreamName: "proxied", ShardId: "shardId-000000000000" };

  before(async () => {
    kinesis = await startKinesis();
    await kinesis.createStream("proxied", 1);
    proxy = await startFaultProxy(kinesis.url);
    client = new KinesisClient({
      endpoint: proxy.url,
      region: TEST_REGION,
      credentials: TEST_CREDENTIALS,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ requestTimeout: 5_000, throwOnRequestTimeout: true }),
    });
  });
  after(async () => {
    client?.destroy();
    await proxy?.close();
    await kinesis?.stop();
  });
  afterEach(() => proxy.setRule(undefined));

  const put = (data: string) =>
    client.send(new PutRecordCommand({ StreamName: "proxied", PartitionKey: "a", Data: Buffer.from(data) }));
  const readAll = async (): Promise<string[]> => {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ ...shard, ShardIteratorType: "TRIM_HORIZON" }),
    );
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
    return (Records ?? []).map(({ Data }) => Buffer.from(Data!).toString());
  };
  const fails = async (fault: faults.Fault, name: RegExp): Promise<void> => {
    proxy.setRule({ fraction: 1, faults: [fault], matches: ({ operation }) => operation === "GetShardIterator" });
    await assert.rejects(readAll(), (error: Error & { code?: string }) => name.test(`${error.name} ${error.code}`));
    proxy.setRule(undefined);
  };

  it("lets all pass without a rule", async () => {
    await put("plain");
    assert.deepEqual(await readAll(), ["plain"]);
    assert.equal(proxy.faultCount(), 0);
  });

  it("answers with errors that the SDK knows by name", async () => {
    await fails(faults.kinesisThrottled, /^ProvisionedThroughputExceededException/);
    await fails(faults.kinesisLimitExceeded, /^LimitExceededException/);
    await fails(faults.kinesisIteratorExpired, /^ExpiredIteratorException/);
    await fails(faults.kinesisInternalFailure, /^InternalFailure/);
  });

  it("drops, delays and leaves hanging", async () => {
    await fails({ kind: "drop" }, /ECONNRESET/);
    await fails({ kind: "hang" }, /TimeoutError/);
    proxy.setRule({ fraction: 1, faults: [{ kind: "delay", delayMs: 100 }] });
    const startedMs = performance.now();
    await readAll();
    assert.ok(performance.now() - startedMs >= 200);
  });

  it("loses an answer after the server has done the work", async () => {
    proxy.setRule({ fraction: 1, faults: [{ kind: "loseAnswer" }] });
    await assert.rejects(put("done all the same"));
    proxy.setRule(undefined);
    assert.deepEqual(await readAll(), ["plain", "done all the same"]);
  });

  it("fails the given share of the matching requests", async () => {
    const failed = proxy.faultCount();
    proxy.setRule({
      fraction: 0.3,
      faults: [faults.kinesisThrottled],
      matches: ({ operation }) => operation === "GetShardIterator",
    });
    for (let index = 0; index < 200; index++) {
      await client.send(new GetShardIteratorCommand({ ...shard, ShardIteratorType: "LATEST" })).catch(() => undefined);
    }
    const share = (proxy.faultCount() - failed) / 200;
    assert.ok(share > 0.2 && share < 0.4, `${share}`);
  });
});

describe("fault proxy on bulk requests", () => {
  let server: Server;
  let proxy: FaultProxy;
  const written: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const lines = body.trim().split("\n");
        written.push(...lines.filter((_, index) => index % 2 === 1));
        const items = lines.filter((_, index) => index % 2 === 0).map(() => ({ index: { status: 201 } }));
        response.end(JSON.stringify({ items, errors: false }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  after(async () => {
    await proxy.close();
    server.close();
  });

  it("refuses some items and hands on the others, in order", async () => {
    proxy.setRule({ fraction: 1, faults: [{ kind: "refuseBulkItems", fraction: 0.5 }] });
    const body = [1, 2, 3].map((id) => `{"index":{"_index":"i","_id":"${id}"}}\n{"n":${id}}\n`).join("");
    const answer = await fetch(`${proxy.url}/_bulk`, { method: "POST", body });
    const { items } = (await json(answer.body!)) as { items: { index: { status: number; _id?: string } }[] };
    assert.deepEqual(
      items.map(({ index }) => index.status),
      [201, 429, 201],
    );
    assert.equal(items[1]?.index._id, "2");
    assert.deepEqual(written, ['{"n":1}', '{"n":3}']);
  });
});
