/**
 * Bedrock away for longer than a bundle may wait, while messages flow: bundles fail in time, Flink restarts the job
 * from its checkpoint as often as it takes, and nothing is lost. With SOAK=1 the outage lasts 15 minutes (or
 * OUTAGE_MINUTES), with the product's own options; `npm test` shortens both.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { FlinkRest } from "../../../src/beam/flink/flink-rest";
import { ChatFlow } from "../../support/chat/chat-flow";
import { type FaultProxy, startFaultProxy } from "../../support/faults/fault-proxy";
import * as faults from "../../support/faults/answers";
import { FLOW_FLAGS, DISORDER_MS } from "../../support/faults/flow-under-fault";
import { type RunningJob, startJob, webPageOf } from "../../support/chat/job";
import { expectedSessions } from "../../support/chat/oracle";
import { type TestServices, startServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { assertStored } from "../../support/chat/verdict";
import { SOAK } from "../../support/long";

const MINUTE_MS = 60_000;
const OUTAGE_MS = SOAK ? Number(process.env["OUTAGE_MINUTES"] ?? 15) * MINUTE_MS : 12_000;
const SHARDS = 2;
const STREAM = "long-outage";
/** The long form has the product's defaults. */
const LIMITS = SOAK
  ? []
  : [
      ...["--checkpoint-interval", "1s", "--checkpoint-timeout", "30s"],
      ...["--max-retry-time", "3s", "--request-timeout", "1s"],
    ];

describe("the job on Flink while Bedrock is away for long", function () {
  this.timeout(OUTAGE_MS + 10 * MINUTE_MS);
  let services: TestServices;
  let bedrock: FaultProxy;
  let folder = "";
  let job: RunningJob | undefined;
  let flow: ChatFlow | undefined;
  let stored: StoredIndex | undefined;

  before(async () => {
    folder = makeFolder("flink-outage");
    services = await startServices({ latencyMs: 50 });
    bedrock = await startFaultProxy(services.bedrock.url);
    await services.kinesis.createStream(STREAM, SHARDS);
  });
  after(async () => {
    flow?.stop();
    job?.signal("SIGKILL");
    await job?.ended;
    await stored?.close();
    await bedrock?.close();
    await services?.stop();
    await removeFolder(folder);
  });

  it("restarts from its checkpoint until Bedrock is back, and then has lost nothing", async () => {
    const { kinesis } = services;
    const targets = { ...services.targets(STREAM), bedrock: bedrock.url };
    const index = new StoredIndex(targets.openSearch, STREAM);
    stored = index;
    const putIntervalMs = SOAK ? 1_200 : 250;
    flow = new ChatFlow({ kinesis, stream: STREAM, seed: 71, disorderMs: DISORDER_MS, putIntervalMs });
    const flags = ["--runner", "flink", "--data-dir", folder, "--progress", ...FLOW_FLAGS, ...LIMITS];
    const run = startJob(targets, flags);
    job = run;
    const died = run.ended.then((end) => assert.fail(`the job ended: ${JSON.stringify(end)}`));
    died.catch(() => undefined);
    await Promise.race([died, until("sessions are indexed", async () => (await index.count()) > 0, 4 * MINUTE_MS)]);
    const flink = new FlinkRest(webPageOf(run));
    const [{ jid } = { jid: "" }] = await flink.jobs();
    await until(
      "there is a checkpoint",
      async () => (await flink.checkpoints(jid)).counts.completed > 0,
      2 * MINUTE_MS,
    );

    bedrock.setRule({ fraction: 1, faults: [faults.bedrockUnavailable, { kind: "drop" }] });
    const [passedBefore, downMs] = [bedrock.requestCount(), performance.now()];
    const restarted = until(
      "the job was restarted",
      async () => (await flink.checkpoints(jid)).counts.restored > 0,
      2 * MINUTE_MS,
    );
    await Promise.race([died, Promise.all([sleep(OUTAGE_MS), restarted])]);
    const before = await flink.checkpoints(jid);
    const failedCalls = bedrock.requestCount() - passedBefore;
    const reasons = await flink.failures(jid, 10);
    const unexplained = reasons.filter(({ stacktrace }) => !/throttled every call or gave no answer/.test(stacktrace));
    assert.deepEqual(unexplained, [], "something else failed");

    bedrock.setRule(undefined);
    const backMs = performance.now();
    const documents = await index.count();
    await until("sessions are indexed again", async () => (await index.count()) > documents, 3 * MINUTE_MS);
    const recoveredMs = performance.now() - backMs;
    await flow.finish();
    const { sent } = flow;
    const expected = expectedSessions(sent).length;
    const all = until("all sessions are indexed", async () => (await index.count()) >= expected, 3 * MINUTE_MS);
    // A difference says more than a time-out when sessions are missing.
    await all.catch(() => undefined);
    await sleep(2_000);
    const { parts, deadLetters } = await assertStored(targets.openSearch, STREAM, sent);
    assert.equal(deadLetters.length, 0);
    const { counts } = await flink.checkpoints(jid);
    const figures = {
      outageSeconds: Math.round((backMs - downMs) / 1_000),
      restarts: before.counts.restored,
      callsDuringOutage: failedCalls,
      messages: sent.length,
      documents: parts.length,
      documentsWrittenAgain: await index.overwrites(),
      firstDocumentAfterSeconds: Math.round(recoveredMs / 100) / 10,
      checkpoints: counts,
    };
    console.log(`      ${JSON.stringify(figures)}`);
  });
});
