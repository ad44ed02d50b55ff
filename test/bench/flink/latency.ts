/** The whole job on the embedded Flink: the time from when a session may close until a search finds its document. */
import { startJob } from "../../support/chat/job";
import { startServices } from "../../support/services";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { startKinesisTap } from "./kinesis-tap";
import { optionsText } from "./options";
import { percentile } from "../harness/percentile";
import { SearchableWatch } from "./searchable";
import { closableMs, sendSteadyChat } from "./steady-chat";

const LATENCIES_MS = [200, 3_000];
const SESSIONS_PER_S = 10;
const MEASURED_MS = 40_000;
/** From the first document on: Java is slow at first, and records gathered before its start must be worked off. */
const WARM_UP_MS = 15_000;
const GAP_MS = 2_000;
const DISORDER_MS = 1_000;
const SHARDS = 4;
/** The summary, then the embedding. */
const CALLS_IN_A_ROW = 2;

export const latency: Benchmark = {
  name: "flink-latency",
  title: `Flink, the whole job, ${SESSIONS_PER_S} sessions/s: from the source having read what lets a session close to a search that finds its document, less ${CALLS_IN_A_ROW} model calls\n${optionsText()}`,
  notMeasured:
    "Begins when the last of the shards has handed out a message later than the session's end, so not the stream's own delay nor the wait between two reads; ends with the first search that finds the document, asked every 20 ms. One small machine runs everything; not a cluster, its network or a loaded OpenSearch.",
  async run(scale) {
    const rows: Row[] = [];
    for (const latencyMs of scale < 1 ? LATENCIES_MS.slice(0, 1) : LATENCIES_MS) {
      rows.push(await measureLatency(latencyMs, scale));
    }
    return rows;
  },
};

async function measureLatency(latencyMs: number, scale: number): Promise<Row> {
  const services = await startServices({ latencyMs });
  const tap = await startKinesisTap(services.kinesis.url);
  const folder = makeFolder("bench-flink");
  const stream = "latency";
  const targets = { ...services.targets(stream), kinesis: tap.url };
  const watch = new SearchableWatch(targets.openSearch, targets.index);
  try {
    await services.kinesis.createStream(stream, SHARDS);
    const job = startJob(targets, [
      ...["--runner", "flink", "--data-dir", folder, "--start-position", "TRIM_HORIZON"],
      ...["--session-gap", `${GAP_MS}ms`, "--allowed-disorder", `${DISORDER_MS}ms`],
    ]);
    let failure: Error | undefined;
    void job.ended.then(({ stderr }) => (failure = new Error(`the job ended: ${stderr.slice(-2_000)}`)));
    let fromMs = Infinity;
    const measuredMs = MEASURED_MS * scale;
    const chat = await sendSteadyChat(services.kinesis.client, {
      stream,
      sessionsPerS: SESSIONS_PER_S,
      isOver: () => {
        if (failure !== undefined) throw failure;
        if (watch.foundMs.size > 0) fromMs = Math.min(fromMs, Date.now() + WARM_UP_MS * scale);
        // The last sessions need messages after them, too, to be closed.
        return Date.now() > fromMs + measuredMs + 2 * (GAP_MS + DISORDER_MS);
      },
      onSessionEnd: ({ userId }) => watch.await(userId),
    });
    await until("all documents are found", () => watch.missing === 0, 60_000 + 10 * latencyMs);
    // A stop with a savepoint would only take time.
    job.signal("SIGKILL");
    await job.ended;
    const closable = closableMs(chat, tap.deliveredMs, GAP_MS + DISORDER_MS);
    const latenciesMs = chat.sessions.flatMap(({ userId, lastMs }, index) => {
      const closedMs = closable[index];
      if (closedMs === undefined || lastMs < fromMs || lastMs >= fromMs + measuredMs) return [];
      return [watch.foundMs.get(userId)! - closedMs - CALLS_IN_A_ROW * latencyMs];
    });
    return {
      "ms a call": latencyMs,
      sessions: latenciesMs.length,
      "p50 ms": round(percentile(latenciesMs, 0.5)),
      "p90 ms": round(percentile(latenciesMs, 0.9)),
      "p99 ms": round(percentile(latenciesMs, 0.99)),
      "max ms": round(Math.max(...latenciesMs)),
    };
  } finally {
    await watch.stop();
    await tap.close();
    await services.stop();
    await removeFolder(folder);
  }
}
