import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { resultOf, startJob } from "../../support/chat/job";
import { putChat } from "../../support/kinesis/producer";
import { type PlannedRecord, randomChat } from "../../support/chat/random-chat";
import { CHILDREN_AHEAD_MS, mergeShards, splitShard } from "../../support/kinesis/reshard";
import type { SentMessage } from "../../support/chat/sent";
import { type TestServices, startServices } from "../../support/services";
import { assertResult, assertStored } from "../../support/chat/verdict";

const DISORDER_MS = 30_000;
const BATCHES = 24;
const BATCH_PAUSE_MS = 500;

describe("the job while its stream is resharded", function () {
  this.timeout(240_000);
  let services: TestServices;

  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  const chat = (seed: number): readonly PlannedRecord[] =>
    randomChat(seed, {
      users: 80,
      messagesPerUser: 30,
      startMs: Date.now() - 86_400_000,
      disorderMs: DISORDER_MS,
      aggregated: 0.1,
    });

  /** Puts the chat in batches; after some of them makes the given change. */
  async function flow(
    stream: string,
    records: readonly PlannedRecord[],
    changes: Readonly<Record<number, () => Promise<void>>>,
    pauseMs: number,
  ): Promise<SentMessage[]> {
    const sent: SentMessage[] = [];
    const size = Math.ceil(records.length / BATCHES);
    for (let batch = 0; batch < BATCHES; batch++) {
      sent.push(...(await putChat(services.kinesis.client, stream, records.slice(batch * size, (batch + 1) * size))));
      await changes[batch]?.();
      await sleep(pauseMs);
    }
    return sent;
  }

  const changesOf = (stream: string) => ({
    4: () => splitShard(services.kinesis, stream),
    9: () => mergeShards(services.kinesis, stream),
    14: () => splitShard(services.kinesis, stream),
    15: () => mergeShards(services.kinesis, stream),
  });

  it("loses and doubles nothing when shards split and merge while it reads", async () => {
    const stream = "reshard-live";
    await services.kinesis.createStream(stream, 2);
    // Event times lie in the past, so an idle shard must not move its watermark by the clock.
    const untilTime = new Date(Date.now() + 60_000).toISOString();
    const flags = ["--start-position", "TRIM_HORIZON", "--until", untilTime, "--idle-timeout", "1h"];
    const job = startJob(services.targets(stream), [...flags, "--allowed-disorder", `${DISORDER_MS}ms`]);
    const sent = await flow(stream, chat(31), changesOf(stream), BATCH_PAUSE_MS);
    const result = resultOf(await job.ended);
    const { deadLetters } = await assertStored(services.openSearch.url(), stream, sent);
    assert.deepEqual(
      deadLetters.map(({ code }) => code),
      [],
    );
    assertResult(result, sent);
  });

  it("reads a stream that was resharded before it started, parents before children", async () => {
    const stream = "reshard-past";
    await services.kinesis.createStream(stream, 2);
    const sent = await flow(stream, chat(32), changesOf(stream), 0);
    // The job reads what arrived before it started.
    await sleep(CHILDREN_AHEAD_MS);
    const result = resultOf(
      await startJob(services.targets(stream), ["--once", "--allowed-disorder", `${DISORDER_MS}ms`]).ended,
    );
    await assertStored(services.openSearch.url(), stream, sent);
    assertResult(result, sent);
  });
});
