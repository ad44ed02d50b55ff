import { startJob } from "../support/chat/job";
import { sendChat } from "../support/chat/send-chat";
import { modelCalls } from "../support/model-calls";
import { startServices } from "../support/services";
import { type Benchmark, type Row, round } from "./harness/benchmark";

const MESSAGES = 100_000;
const MESSAGES_PER_USER = 30;
const DISORDER_MS = 30_000;
const STREAM = "replay";
const SEED = 1;
/** The start asks each model once. */
const CALLS_OF_CHECKS = 2;

/** Runs the whole job on a stream, and then once more on the same stream and indexes. */
export const replay: Benchmark = {
  name: "replay",
  title: `The job on ${MESSAGES} messages, and a replay of all of them on what it has indexed`,
  notMeasured:
    "A run's seconds include the start of its process and of its checks, whose two calls are left out. The local Bedrock takes 5 ms for an answer, which no model does. Kinesis, Bedrock and OpenSearch share the machine.",
  async run(scale) {
    const services = await startServices();
    try {
      const users = Math.ceil((MESSAGES * scale) / MESSAGES_PER_USER);
      const shape = { users, messagesPerUser: MESSAGES_PER_USER, disorderMs: DISORDER_MS };
      await sendChat(services.kinesis, STREAM, SEED, shape);
      const rows: Row[] = [];
      for (const run of ["first run", "replay"]) {
        const callsBefore = await modelCalls(services);
        const startedMs = performance.now();
        const flags = ["--once", "--allowed-disorder", `${DISORDER_MS}ms`, "--concurrency", "64"];
        const { exitCode, result, stderr } = await startJob(services.targets(STREAM), flags).ended;
        const seconds = (performance.now() - startedMs) / 1_000;
        if (exitCode !== 0 || result === undefined) throw new Error(`The job ended with ${exitCode}: ${stderr}`);
        rows.push({
          run,
          read: result.read,
          indexed: result.indexed,
          "already indexed": result.alreadyIndexed,
          duplicates: result.duplicates,
          documents: result.documents,
          seconds: round(seconds, 1),
          "messages/s": round(result.read / seconds),
          "calls of models": (await modelCalls(services)) - callsBefore - CALLS_OF_CHECKS,
        });
      }
      return rows;
    } finally {
      await services.stop();
    }
  },
};
