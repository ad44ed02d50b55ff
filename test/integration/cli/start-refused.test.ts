/** `npm start` on services of its own, with an account that Bedrock refuses. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Faults, NO_FAULTS } from "../../../src/local/bedrock/faults";
import type { RefusalName } from "../../../src/local/bedrock/refusals";
import { npm } from "../../support/processes/npm";
import { putRaw } from "../../support/kinesis/producer";
import { startServices, type TestServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const STREAM = "refused";
const USERS = Array.from({ length: 20 }, (_, index) => `user-${index}`);

describe("npm start on an account that Bedrock refuses", function () {
  this.timeout(180_000);
  let services: TestServices;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    services = await startServices();
    folder = await temporaryFolder("refused");
    await services.kinesis.createStream(STREAM, 1);
  });
  afterEach(() => fault(NO_FAULTS));
  after(async () => {
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
    const { kinesis, bedrock, openSearch } = services.targets(STREAM);
    const endpoints = { kinesis, bedrock, opensearch: openSearch };
    const given = Object.entries(endpoints).flatMap(([name, url]) => [`--${name}-endpoint`, url]);
    return npm("start", ...given, "--stream", STREAM, "--index", STREAM, "--data-dir", folder.path, ...flags);
  }

  const SENTENCES: Partial<Record<RefusalName, RegExp>> = {
    useCaseForm: /^Anthropic's use-case form is missing [^\n]+ AWS says: "Model use case details [^\n]+"\n$/,
    useCaseFormInvalid: /^Anthropic's use-case form is missing [^\n]+ AWS says: "The model returned [^\n]+"\n$/,
    marketplace: /^The account is not subscribed [^\n]+ AWS says: "Model access is denied [^\n]+"\n$/,
    serviceControlPolicy: /^An explicit deny in a service control policy [^\n]+\n$/,
    tokensPerDay: /^The account's tokens of this day [^\n]+ AWS says: "Too many tokens per day[^\n]+"\n$/,
    unheardOf: /^\S+ rejects even a greeting[^\n]+ AWS says: "The gateway of this account is asleep\."\.\n$/,
  };
  for (const [name, sentence] of Object.entries(SENTENCES)) {
    it(`ends with one sentence, the cure and AWS's own words: ${name}`, async () => {
      await fault({ refusal: name as RefusalName });
      const { exitCode, stdout, stderr } = await start("--once").ended;
      assert.equal(exitCode, 1, stdout + stderr);
      assert.match(stderr, sentence);
    });
  }

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
});
