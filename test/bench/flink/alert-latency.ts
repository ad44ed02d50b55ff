/** The whole job on both runners: the time from a message's put until a receiver has its alert. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startLocalReceiver } from "../../../src/local/receiver/server";
import { startJob } from "../../support/chat/job";
import { eventsAt, raisedBy } from "../../support/chat/told";
import { encodeMessage, putRaw } from "../../support/kinesis/producer";
import { startServices } from "../../support/services";
import { temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { percentile } from "../harness/percentile";

const RUNNERS = ["direct", "flink"] as const;
type Runner = (typeof RUNNERS)[number];

const ALERTS_PER_S = 10;
const MESSAGES_PER_ALERT = 10;
const MEASURED_MS = 30_000;
/** From the first alert on: Java is slow at first, and records gathered before its start must be worked off. */
const WARM_UP_MS = 10_000;
const START_LIMIT_MS = 120_000;
const SHARDS = 4;

export const alertLatency: Benchmark = {
  name: "alert-latency",
  title: `The whole job, ${ALERTS_PER_S} alerts/s among ${ALERTS_PER_S * MESSAGES_PER_ALERT} messages/s in ${SHARDS} shards: from a record's put to the webhook's having its alert`,
  notMeasured:
    "Begins right before the put of records, at most 1000 / alerts/s ms apart; ends when the webhook has the whole request. One small machine runs everything, Kinesis and the producer too; not a cluster nor its network.",
  async run(scale) {
    const rows: Row[] = [];
    for (const runner of RUNNERS) rows.push(await measure(runner, scale));
    return rows;
  },
};

async function measure(runner: Runner, scale: number): Promise<Row> {
  const [services, folder] = await Promise.all([startServices({ latencyMs: 200 }), temporaryFolder("alert-latency")]);
  const key = randomBytes(32).toString("base64");
  const receiver = await startLocalReceiver(0, Buffer.from(key));
  const keyFile = path.join(folder.path, "key");
  writeFileSync(keyFile, key);
  const stream = "alert-latency";
  try {
    await services.kinesis.createStream(stream, SHARDS);
    const job = startJob(services.targets(stream), [
      ...["--runner", runner, "--data-dir", folder.path, "--start-position", "TRIM_HORIZON"],
      ...["--alert-webhook", receiver.url, "--alert-webhook-key", keyFile],
    ]);
    let failure: Error | undefined;
    void job.ended.then(({ stderr }) => (failure = new Error(`the job ended: ${stderr.slice(-2_000)}`)));
    const startMs = Date.now();
    let fromMs = Infinity;
    const putMs = new Map<string, number>();
    for (let turn = 0; Date.now() < fromMs + MEASURED_MS * scale; turn++) {
      if (failure !== undefined) throw failure;
      if (fromMs === Infinity && receiver.received().length > 0) fromMs = Date.now() + WARM_UP_MS * scale;
      if (fromMs === Infinity && Date.now() > startMs + START_LIMIT_MS) throw new Error("no alert comes");
      await putTurn(services.kinesis.client, stream, turn, putMs);
      await sleep(Math.max(0, startMs + ((turn + 1) * 1_000) / ALERTS_PER_S - Date.now()));
    }
    await until("all alerts are told", () => receiver.received().length >= putMs.size, 30_000);
    // A stop with a savepoint would only take time.
    job.signal("SIGKILL");
    await job.ended;
    const ids = eventsAt(receiver).map(({ id }) => id);
    const latenciesMs = receiver.received().flatMap(({ receivedMs }, at) => {
      const sentMs = putMs.get(ids[at]!);
      return sentMs === undefined || sentMs < fromMs ? [] : [receivedMs - sentMs];
    });
    return {
      runner,
      alerts: latenciesMs.length,
      "p50 ms": round(percentile(latenciesMs, 0.5)),
      "p90 ms": round(percentile(latenciesMs, 0.9)),
      "p99 ms": round(percentile(latenciesMs, 0.99)),
      "max ms": round(Math.max(...latenciesMs)),
    };
  } finally {
    await Promise.all([services.stop(), receiver.close()]);
    await folder.remove();
  }
}

/** Puts one message with a card number of a user who has no other one, among plain ones; notes when. */
async function putTurn(
  client: Parameters<typeof putRaw>[0],
  stream: string,
  turn: number,
  putMs: Map<string, number>,
): Promise<void> {
  const timestampMs = Date.now();
  const messages = Array.from({ length: MESSAGES_PER_ALERT }, (_, index) => ({
    userId: index === 0 ? `told-${turn}` : `user-${(turn * MESSAGES_PER_ALERT + index) % 500}`,
    content:
      index === 0 ? "My card is 4111 1111 1111 1111, please take it." : "Where is the parcel of my order, please?",
    messageId: `${turn}-${index}`,
    timestampMs,
  }));
  const position = { shardId: "s", sequenceNumber: "0", subSequenceNumber: 0 };
  const [alert] = raisedBy([{ ...messages[0]!, arrivalMs: timestampMs, position }]);
  putMs.set(alert!.id, timestampMs);
  const records = messages.map((message) => ({ partitionKey: message.userId, data: encodeMessage(message) }));
  await putRaw(client, stream, records);
}
