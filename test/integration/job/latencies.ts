/** Latencies in the job's metrics, against what receivers and searches find of the same alerts and sessions. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../src/beam/process";
import type { AlertEvent } from "../../../src/chat/alerts/event";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { DEFAULT_INDEX } from "../../../src/io/opensearch/settings";
import { startLocalReceiver } from "../../../src/local/receiver/server";
import { startKinesisTap } from "../../bench/flink/kinesis-tap";
import { SearchableWatch } from "../../bench/flink/searchable";
import { closableMs, type PutMessage, type SteadySession } from "../../bench/flink/steady-chat";
import { percentile } from "../../bench/harness/percentile";
import type { ChatJobs } from "../../support/chat/chat-job";
import { startJob } from "../../support/chat/job";
import { setBedrockFaults } from "../../support/faults/bedrock-control";
import { encodeMessage, putRaw } from "../../support/kinesis/producer";
import { bucketOf } from "../../support/telemetry/quantile";
import { temporaryFolder } from "../../support/temporary-folder";
import { type Sample, scrape, totalOf } from "../../support/telemetry/scrape";
import { until } from "../../support/until";

/** Users of a part of a test, each with one message. */
const USERS = 40;
const SPACING_MS = 50;
/** A bound of the buckets. */
const MAX_DELAY_S = 5;
const GAP_MS = 1_000;
/** Two calls take longer than two buckets' bounds: a figure that leaves them out is seen, whatever the machine does. */
const CALL_MS = 1_200;
/** Of the index by default (`--refresh-interval`). */
const REFRESH_MS = DEFAULT_INDEX.refreshIntervalMs;
/** A busy machine's timers and searches are late by so much: most of them, and nearly all. */
const UNSURE_MS = { 0.5: 500, 0.99: 1_000 } as const;

export function tellLatencies(services: ChatJobs["services"]): void {
  it("tell how soon a receiver has an alert, as the receiver itself finds", async () => {
    const [stream, key] = ["told", randomBytes(32).toString("base64")];
    const { kinesis } = services();
    await kinesis.createStream(stream, 1);
    const folder = await temporaryFolder("metrics");
    const keyFile = path.join(folder.path, "key");
    await writeFile(keyFile, key);
    const receiver = await startLocalReceiver(0, Buffer.from(key));
    const url = `http://127.0.0.1:${await freePort()}`;
    const job = startJob(services().targets(stream), [
      ...["--start-position", "TRIM_HORIZON", "--metrics-port", new URL(url).port],
      ...["--alert-webhook", receiver.url, "--alert-webhook-key", keyFile],
    ]);
    try {
      await until("the job runs", () => isReady(url), 60_000);
      const name = "chat_sessions_alerts_latency_seconds";
      const webhook = { receiver: "webhook" };
      let samples: readonly Sample[] = [];
      const countAt = (wanted: string): number =>
        totalOf(
          samples.filter(({ labels }) => labels["receiver"] === wanted),
          `${name}_count`,
        ) ?? 0;
      const told: { readonly leastMs: number; readonly mostMs: number }[] = [];
      /** Sends records that raise an alert each, and returns when all are counted. */
      const tell = async (users: readonly string[], whenSent: () => Promise<void>): Promise<void> => {
        const before = receiver.received().length;
        const fromMs = Date.now();
        await putRaw(
          kinesis.client,
          stream,
          users.map((userId) => ({ partitionKey: userId, data: cardOf(userId) })),
        );
        const toMs = Date.now();
        await whenSent();
        const wanted = told.length + users.length;
        await until(
          "all are counted",
          async () => {
            samples = await scrape(url);
            return countAt("webhook") === wanted && countAt("index") === wanted;
          },
          60_000,
        );
        // Each was taken when the receiver noted it or later, and before it was counted.
        const countedMs = Date.now();
        const received = receiver.received(before);
        const hashes = new Set(received.map(({ event }) => (event as AlertEvent).data.userHash));
        assert.deepEqual(hashes, new Set(users.map((userId) => keyHash(userId))));
        for (const { receivedMs } of received) {
          told.push({ leastMs: receivedMs - toMs, mostMs: countedMs - fromMs });
        }
      };
      await tell(usersFrom(0), async () => undefined);
      const soon = bucketOf(samples, name, 0.99, webhook)!;
      // The others take longer than nearly all of these, as far as a test can wait for that.
      const laterS = Math.min(soon.upTo, MAX_DELAY_S);
      receiver.setFaults({ down: "503" });
      await tell(usersFrom(USERS), async () => {
        await sleep(laterS * 1_000 + 1);
        receiver.setFaults({ down: false });
      });
      assert.equal(countAt("eventbridge"), 0);
      for (const quantile of [0.25, 0.5, 0.99]) {
        const bucket = bucketOf(samples, name, quantile, webhook)!;
        const least = percentile(
          told.map(({ leastMs }) => leastMs),
          quantile,
        );
        const most = percentile(
          told.map(({ mostMs }) => mostMs),
          quantile,
        );
        const found = `p${quantile * 100} is ${bucket.above} to ${bucket.upTo} s, and ${least} to ${most} ms there`;
        assert.ok(bucket.upTo * 1_000 >= least && bucket.above * 1_000 <= most, found);
      }
      assert.ok(bucketOf(samples, name, 0.99, webhook)!.above >= laterS, "those that waited are in later buckets");
    } finally {
      job.signal("SIGKILL");
      await job.ended;
      await receiver.close();
      await folder.remove();
    }
  });

  it("tell how fresh sessions are, as the benchmark finds that searches for them", async () => {
    const stream = "fresh";
    const { kinesis, bedrock } = services();
    await kinesis.createStream(stream, 1);
    const tap = await startKinesisTap(kinesis.url);
    const targets = { ...services().targets(stream), kinesis: tap.url };
    const watch = new SearchableWatch(targets.openSearch, targets.index);
    await setBedrockFaults(bedrock.url, { latencyMs: CALL_MS });
    const url = `http://127.0.0.1:${await freePort()}`;
    const job = startJob(targets, [
      ...["--start-position", "TRIM_HORIZON", "--session-gap", `${GAP_MS}ms`, "--allowed-disorder", "0ms"],
      // Sessions are closed by later messages alone, whose delivery the benchmark notes.
      ...["--idle-timeout", "1h", "--metrics-port", new URL(url).port],
    ]);
    try {
      await until("the job runs", () => isReady(url), 60_000);
      const sessions: SteadySession[] = [];
      const messages: PutMessage[] = [];
      const put = async (userId: string, timestampMs: number): Promise<void> => {
        const data = encodeMessage({ userId, content: "Where is my parcel?", messageId: userId, timestampMs });
        const [place] = await putRaw(kinesis.client, stream, [{ partitionKey: userId, data }]);
        messages.push({ ...place!, timestampMs });
      };
      for (const userId of usersFrom(0)) {
        const lastMs = Date.now();
        await put(userId, lastMs);
        sessions.push({ userId, lastMs });
        watch.await(userId);
        await sleep(SPACING_MS);
      }
      await sleep(GAP_MS);
      await put("the last one", Date.now());
      await until("all documents are found", () => watch.missing === 0, 60_000);
      const name = "chat_sessions_freshness_seconds";
      let samples: readonly Sample[] = [];
      await until(
        "all sessions are counted",
        async () => {
          samples = await scrape(url);
          return totalOf(samples, `${name}_count`) === sessions.length;
        },
        20_000,
      );
      const closable = closableMs({ sessions, messages }, tap.deliveredMs, GAP_MS);
      const since = (timesMs: ReadonlyMap<string, number>): readonly number[] =>
        sessions.map(({ userId }, index) => (timesMs.get(userId) ?? 0) - closable[index]!);
      const [foundMs, missedMs] = [since(watch.foundMs), since(watch.missedMs)];
      for (const quantile of [0.5, 0.99] as const) {
        const bucket = bucketOf(samples, name, quantile)!;
        const found = percentile(foundMs, quantile);
        const missed = percentile(missedMs, quantile);
        const says = `p${quantile * 100} is ${bucket.above} to ${bucket.upTo} s, and ${missed} to ${found} ms for who searches`;
        // A search finds a document after the next refresh, which the job does not wait for.
        assert.ok(found >= bucket.above * 1_000 - UNSURE_MS[quantile], says);
        assert.ok(missed <= bucket.upTo * 1_000 + REFRESH_MS + UNSURE_MS[quantile], says);
        // Two calls in a row.
        assert.ok(bucket.upTo * 1_000 >= 2 * CALL_MS, says);
      }
    } finally {
      job.signal("SIGKILL");
      await job.ended;
      await watch.stop();
      await tap.close();
      await setBedrockFaults(bedrock.url, { latencyMs: 0 });
    }
  });
}

function usersFrom(first: number): readonly string[] {
  return Array.from({ length: USERS }, (_, index) => `user-${first + index}`);
}

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200;
}

function cardOf(userId: string): Buffer {
  return Buffer.from(JSON.stringify({ userId, content: "my card is 4111 1111 1111 1111" }));
}
