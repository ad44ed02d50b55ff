import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type JobTargets, type RunningJob, resultOf, runJob, startJob } from "../../support/chat/job";
import { randomOf } from "../../support/random";
import { sendChat } from "../../support/chat/send-chat";
import { type TestServices, startServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { until } from "../../support/until";
import { assertResult, assertStored, idsOf, readStored } from "../../support/chat/verdict";
import { SOAK } from "../../support/long";

const SEED = 51;
const KILLS = SOAK ? 20 : 4;
/** Counted from the start of the process: the kills fall into its start, its reading, its calls and its writing. */
const MAX_LIFE_MS = 12_000;
const INTERRUPT_LIMIT_MS = 15_000;

describe("the job interrupted", function () {
  this.timeout(180_000 + KILLS * 2 * MAX_LIFE_MS);
  let services: TestServices;
  let job: RunningJob | undefined;

  before(async () => {
    services = await startServices({ latencyMs: 200 });
  });
  afterEach(async () => {
    job?.signal("SIGKILL");
    await job?.ended;
  });
  after(() => services?.stop());

  const send = (stream: string, users: number, disorderMs: number, aggregated: number) =>
    sendChat(services.kinesis, stream, SEED, { users, disorderMs, aggregated });

  async function indexed(targets: JobTargets, count: number): Promise<void> {
    const stored = new StoredIndex(targets.openSearch, targets.index);
    await until(`${count} documents are stored`, async () => (await stored.count()) >= count, 120_000);
    await stored.close();
  }

  it("ends in good order within seconds of Ctrl-C, and another run completes the index", async () => {
    const targets = services.targets("interrupted");
    // A drain finishes the records that were read, so it takes as long as the calls which they still need: here at most
    // some seconds. Drained sessions begin where they would anyway only if each user's messages come in order.
    const sent = await send(targets.stream, 20, 1, 0);
    job = startJob(targets, ["--once", "--concurrency", "8", "--allowed-disorder", "0ms"]);
    await indexed(targets, 20);
    job.signal("SIGINT");
    const interruptedMs = performance.now();
    const end = await job.ended;
    assert.ok(performance.now() - interruptedMs < INTERRUPT_LIMIT_MS, "it took too long to end");
    resultOf(end);
    const result = await runJob(targets, ["--once", "--concurrency", "64", "--allowed-disorder", "0ms"]);
    await assertStored(targets.openSearch, targets.index, sent);
    assertResult(result, sent, "some");
  });

  it("loses nothing and doubles nothing when killed at random moments and run again", async () => {
    const targets = services.targets("killed");
    const disorderMs = 30_000;
    const sent = await send(targets.stream, 60, disorderMs, 0.1);
    const flags = ["--once", "--concurrency", "16", "--allowed-disorder", `${disorderMs}ms`];
    const random = randomOf(SEED);
    let known: readonly string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      job = startJob(targets, flags);
      await Promise.race([sleep(random.int(500, MAX_LIFE_MS)), job.ended]);
      job.signal("SIGKILL");
      await job.ended;
      const { parts } = await readStored(targets.openSearch, targets.index);
      const ids = new Set(idsOf(parts));
      assert.ok(known.every((id) => ids.has(id)));
      known = [...ids];
    }
    const result = await runJob(targets, ["--once", "--concurrency", "64", "--allowed-disorder", `${disorderMs}ms`]);
    const { parts } = await assertStored(targets.openSearch, targets.index, sent);
    const ids = new Set(idsOf(parts));
    assert.ok(known.every((id) => ids.has(id)));
    assertResult(result, sent, "some");
  });
});
