/** `npm start` on services of its own, in trouble and at rest. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Faults, NO_FAULTS } from "../../../src/local/bedrock/faults";
import { kinesisThrottled, type RequestFacts } from "../../support/faults/answers";
import { type FaultProxy, startFaultProxy } from "../../support/faults/fault-proxy";
import { npm } from "../../support/processes/npm";
import { putRaw } from "../../support/kinesis/producer";
import { startServices, type TestServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const STREAM = "refused";
const USERS = Array.from({ length: 20 }, (_, index) => `user-${index}`);

describe("npm start on services of its own", function () {
  this.timeout(180_000);
  let services: TestServices;
  let proxy: FaultProxy;
  /** GetRecords calls of the job under test. */
  let polls = 0;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    services = await startServices();
    folder = await temporaryFolder("refused");
    await services.kinesis.createStream(STREAM, 1);
    proxy = await startFaultProxy(services.kinesis.url);
    const matches = ({ operation }: RequestFacts): boolean => {
      if (operation === "GetRecords") polls++;
      return false;
    };
    proxy.setRule({ matches, fraction: 1, faults: [kinesisThrottled] });
  });
  afterEach(async () => {
    polls = 0;
    await fault(NO_FAULTS);
  });
  after(async () => {
    await proxy?.close();
    await services?.stop();
    await folder?.remove();
  });

  async function fault(change: Partial<Faults>): Promise<void> {
    const { status } = await fetch(`${services.bedrock.url}/_local/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change),
    });
    assert.equal(status, 200);
  }

  async function answered(): Promise<number> {
    const answer = await fetch(`${services.bedrock.url}/_local/stats`);
    const { models } = (await answer.json()) as { models: Record<string, { answered: number }> };
    return Object.values(models).reduce((sum, own) => sum + own.answered, 0);
  }

  function start(...flags: readonly string[]) {
    const { bedrock, openSearch } = services.targets(STREAM);
    const endpoints = { kinesis: proxy.url, bedrock, opensearch: openSearch };
    const given = Object.entries(endpoints).flatMap(([name, url]) => [`--${name}-endpoint`, url]);
    return npm("start", ...given, "--stream", STREAM, "--index", STREAM, "--data-dir", folder.path, ...flags);
  }

  /** The start asks once. */
  const isReading = (): boolean => polls >= 3;

  it("ends the command with exit code 1, one line, the cure and AWS's own words", async () => {
    await fault({ refusal: "useCaseForm" });
    const { exitCode, stdout, stderr } = await start("--once").ended;
    assert.equal(exitCode, 1, stdout + stderr);
    assert.match(stderr, /^Anthropic's use-case form is missing [^\n]+ AWS says: "Model use case details [^\n]+"\n$/);
  });

  it("ends with one sentence and the cure when a guardrail stops even the first answer", async () => {
    await fault({ guardrailFraction: 1 });
    const { exitCode, stdout, stderr } = await start("--once").ended;
    assert.equal(exitCode, 1, stdout + stderr);
    assert.match(stderr, /^\S+ does not describe even a greeting \(a guardrail stopped [^\n]+ --summary-model\.\n$/);
  });

  it("waits when the refusal comes later, in words that nobody knows, and makes no dead letter", async () => {
    await fetch(`${services.bedrock.url}/_local/stats`, { method: "DELETE" });
    const job = start("--start-position", "TRIM_HORIZON", "--session-gap", "1s", "--idle-timeout", "1s");
    const index = new StoredIndex(services.openSearch.url(), STREAM);
    try {
      await until("the start has asked both models", async () => (await answered()) >= 2, 60_000);
      await fault({ refusal: "unheardOf" });
      const put = USERS.map((userId, at) => ({
        partitionKey: userId,
        data: Buffer.from(JSON.stringify({ userId, content: "Where is my parcel?", messageId: `${at}` })),
      }));
      await putRaw(services.kinesis.client, STREAM, put);
      await sleep(8_000);
      assert.equal((await index.parts()).length, 0, job.output());
      await fault({ refusal: null });
      await until("all is indexed", async () => (await index.parts()).length === USERS.length, 90_000);
    } finally {
      await index.close();
      job.process.kill("SIGINT");
      await job.ended;
    }
    const { stdout } = await job.ended;
    const account = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, number>;
    assert.deepEqual([account["documents"], account["deadLetters"]], [USERS.length, 0]);
  });

  it("says within ten seconds, for people, that OpenSearch's disk is full, and goes on when there is room", async () => {
    const block = async (isFull: boolean | null): Promise<void> => {
      const { status } = await fetch(`${services.openSearch.url()}/${STREAM}/_settings`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ "index.blocks.read_only_allow_delete": isFull }),
      });
      assert.equal(status, 200);
    };
    const job = start();
    try {
      await until("the job reads", isReading, 60_000);
      await block(true);
      await until(
        "it is said",
        () => /^Index "refused" takes no documents, because a disk of/m.test(job.output()),
        10_000,
      );
      await block(null);
      await until(
        "so is its end",
        () => /^OpenSearch takes documents for index "refused" again\.$/m.test(job.output()),
        10_000,
      );
    } finally {
      job.process.kill("SIGINT");
      await job.ended;
    }
  });

  for (const [given, leastCalls, mostCalls] of [
    [["--max-polls", "1"], 4, 7],
    [[], 8, 13],
  ] as const) {
    it(`asks a shard's tip ${given.length === 0 ? "twice a second" : "as often as --max-polls says"}`, async () => {
      const job = start(...given);
      try {
        await until("the job reads", isReading, 60_000);
        // The first calls may be those of the check at the start.
        await sleep(2_000);
        const [before, startMs] = [polls, performance.now()];
        await sleep(6_000);
        // On a busy machine, sleep lasts longer.
        const made = ((polls - before) * 6_000) / (performance.now() - startMs);
        assert.ok(made >= leastCalls && made <= mostCalls, `${made} calls in six seconds`);
      } finally {
        job.process.kill("SIGINT");
        await job.ended;
      }
    });
  }
});
