import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type FaultProxy, startFaultProxy } from "../../support/faults/fault-proxy";
import * as faults from "../../support/faults/answers";
import { type JobTargets, type RunningJob, resultOf, startJob } from "../../support/chat/job";
import { sendChat } from "../../support/chat/send-chat";
import type { SentMessage } from "../../support/chat/sent";
import { type TestServices, startServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { until } from "../../support/until";
import { assertResult, assertStored } from "../../support/chat/verdict";
import { OUTAGE_MS } from "../../support/long";

const DISORDER_MS = 30_000;
const READING = ["--once", "--allowed-disorder", `${DISORDER_MS}ms`];
const FLAGS = [...READING, "--concurrency", "32"];
/** A job that is far from its end when the first documents are seen. */
const SLOWLY = [...READING, "--concurrency", "8"];
const SEED = 41;

type Service = "kinesis" | "bedrock" | "openSearch";

describe("the job during outages", function () {
  this.timeout(180_000 + 3 * OUTAGE_MS);
  let services: TestServices;
  let proxies: Readonly<Record<Service, FaultProxy>>;
  let job: RunningJob | undefined;

  before(async () => {
    // Slow enough that every run outlasts its faults.
    services = await startServices({ latencyMs: 100 });
    proxies = {
      kinesis: await startFaultProxy(services.kinesis.url, SEED),
      bedrock: await startFaultProxy(services.bedrock.url, SEED),
      openSearch: await startFaultProxy(services.openSearch.url(), SEED),
    };
  });
  afterEach(async () => {
    for (const proxy of Object.values(proxies)) proxy.setRule(undefined);
    job?.signal("SIGKILL");
    await job?.ended;
  });
  after(async () => {
    for (const proxy of Object.values(proxies ?? {})) await proxy.close();
    await services?.stop();
  });

  const targets = (stream: string): JobTargets => ({
    stream,
    index: stream,
    kinesis: proxies.kinesis.url,
    bedrock: proxies.bedrock.url,
    openSearch: proxies.openSearch.url,
  });

  const send = (stream: string, users: number) =>
    sendChat(services.kinesis, stream, SEED, { users, disorderMs: DISORDER_MS, aggregated: 0.1 });

  async function indexed(stream: string, count: number): Promise<void> {
    const stored = new StoredIndex(services.openSearch.url(), stream);
    await until(`${count} documents are stored`, async () => (await stored.count()) >= count, 120_000);
    await stored.close();
  }

  /** Waits for the job's end, and checks that it stored exactly the messages sent. */
  async function conclude(stream: string, sent: readonly SentMessage[]): Promise<void> {
    const result = resultOf(await job!.ended);
    const { deadLetters } = await assertStored(services.openSearch.url(), stream, sent);
    assert.deepEqual(
      deadLetters.map(({ code }) => code),
      [],
    );
    // A document whose answer was lost is found in the index by the job that wrote it.
    assertResult(result, sent, "some");
  }

  it("waits while Bedrock throttles three calls of ten, and then is down", async () => {
    const stream = "bedrock-down";
    const sent = await send(stream, 60);
    const { bedrock } = proxies;
    bedrock.setRule({ fraction: 0.3, faults: [faults.bedrockThrottled] });
    job = startJob(targets(stream), SLOWLY);
    await indexed(stream, 50);
    assert.ok(bedrock.faultCount() > 0);
    bedrock.setRule({ fraction: 1, faults: [faults.bedrockUnavailable, { kind: "drop" }] });
    await sleep(OUTAGE_MS);
    assert.equal(job.process.exitCode, null, "the job gave up");
    bedrock.setRule(undefined);
    await conclude(stream, sent);
  });

  it("waits while OpenSearch is killed and started again", async () => {
    const stream = "opensearch-restarted";
    const sent = await send(stream, 60);
    job = startJob(targets(stream), SLOWLY);
    await indexed(stream, 50);
    await services.openSearch.restart(OUTAGE_MS);
    assert.equal(job.process.exitCode, null, "the job gave up");
    proxies.openSearch.setTarget(services.openSearch.url());
    await conclude(stream, sent);
  });

  it("writes all while OpenSearch refuses items and whole requests, and loses its own answers", async () => {
    const stream = "opensearch-busy";
    const sent = await send(stream, 40);
    proxies.openSearch.setRule({
      matches: ({ path }) => path.includes("_bulk"),
      fraction: 0.6,
      faults: [
        faults.openSearchBreaker,
        faults.openSearchUnavailable,
        { kind: "loseAnswer" },
        { kind: "refuseBulkItems", fraction: 0.5 },
      ],
    });
    job = startJob(targets(stream), [...FLAGS, "--bulk-documents", "20"]);
    await conclude(stream, sent);
    assert.ok(proxies.openSearch.faultCount() > 5);
  });

  it("reads all while Kinesis throttles, fails, expires iterators and drops connections", async () => {
    const stream = "kinesis-busy";
    const sent = await send(stream, 60);
    const { kinesis } = proxies;
    const all = [faults.kinesisThrottled, faults.kinesisInternalFailure, faults.kinesisIteratorExpired];
    const isRead = ({ operation }: faults.RequestFacts): boolean => operation === "GetRecords";
    const trouble: faults.Rule = { fraction: 0.5, matches: isRead, faults: [...all, { kind: "loseAnswer" }] };
    kinesis.setRule(trouble);
    job = startJob(targets(stream), FLAGS);
    await until("the job reads", () => kinesis.faultCount() > 2, 60_000);
    kinesis.setRule({
      fraction: 1,
      faults: [faults.kinesisThrottled, faults.kinesisInternalFailure, { kind: "drop" }],
    });
    await sleep(OUTAGE_MS);
    assert.equal(job.process.exitCode, null, "the job gave up");
    kinesis.setRule(trouble);
    await conclude(stream, sent);
  });
});
