import { startJob } from "../../support/chat/job";
import { putRaw } from "../../support/kinesis/producer";
import { peakResidentMb } from "../../support/processes/process-memory";
import { startServices, type TestServices } from "../../support/services";
import { until } from "../../support/until";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { percentile } from "../harness/percentile";
import { comeIn, READERS } from "./readers";
import { benchSession } from "./sessions";

const SESSIONS = 3_000;
const PAIRS = 5;
const STREAM = "page-readers";
const SHARDS = 4;
const LINK = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/;
const START_LIMIT_MS = 120_000;

interface Run {
  readonly isRead: boolean;
  readonly seconds: number;
  readonly messages: number;
  readonly peakMb: number;
  readonly stepsMs: readonly number[];
  readonly liveBytes: number;
}

export const pageReaders: Benchmark = {
  name: "page-readers",
  title: `The job on ${SESSIONS} sessions, with ${READERS} readers of its page and without a page, in turns`,
  notMeasured: `A reader does something every five seconds and watches what is live. Kinesis, Bedrock, OpenSearch and the readers share the machine with the job, and an answer of Bedrock takes 5 ms. A run's seconds are those of its whole process. Medians of ${PAIRS} pairs.`,
  async run(scale) {
    const services = await startServices();
    try {
      const messages = await send(services, Math.round(SESSIONS * scale));
      const runs: Run[] = [];
      for (let pair = 0; pair < (scale < 1 ? 1 : PAIRS); pair++) {
        // Each way goes first as often as the other, as far as that can be.
        for (const isRead of pair % 2 === 0 ? [false, true] : [true, false]) {
          runs.push(await run(services, messages, isRead, runs.length));
        }
      }
      return [false, true].map((isRead) => rowOf(runs.filter((own) => own.isRead === isRead)));
    } finally {
      await services.stop();
    }
  },
};

/** Puts the messages on the stream; resolves with their number. */
async function send({ kinesis }: TestServices, sessions: number): Promise<number> {
  await kinesis.createStream(STREAM, SHARDS);
  const records = Array.from({ length: sessions }, (_, index) => benchSession(index).part).flatMap(
    ({ sessionKey, messages }) =>
      messages.map(({ content, messageId, timestampMs }) => ({
        partitionKey: sessionKey,
        data: Buffer.from(JSON.stringify({ userId: sessionKey, content, messageId, timestamp: timestampMs })),
      })),
  );
  await putRaw(kinesis.client, STREAM, records);
  return records.length;
}

async function run(services: TestServices, messages: number, isRead: boolean, number: number): Promise<Run> {
  const targets = { ...services.targets(STREAM), index: `${STREAM}-${number}` };
  const startMs = performance.now();
  const job = startJob(targets, ["--once", "--concurrency", "64", ...(isRead ? ["--page"] : [])]);
  let said = "";
  job.process.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()));
  let hasEnded = false;
  const ended = job.ended.then((end) => ((hasEnded = true), end));
  let peakMb = 0;
  const sampling = setInterval(() => (peakMb = Math.max(peakMb, peakResidentMb(job.process.pid!))), 200);
  try {
    if (isRead) await until("the page's link is told", () => LINK.test(said) || hasEnded, START_LIMIT_MS);
    const link = LINK.exec(said)?.[0];
    const readers = link === undefined ? undefined : comeIn(link, number);
    const { exitCode, result, stderr } = await ended;
    const seconds = (performance.now() - startMs) / 1_000;
    const { stepsMs, liveBytes } = (await readers?.leave()) ?? { stepsMs: [], liveBytes: 0 };
    if (exitCode !== 0 || result?.indexed !== messages) throw new Error(`The job ended with ${exitCode}: ${stderr}`);
    return { isRead, seconds, messages, peakMb, stepsMs, liveBytes };
  } finally {
    clearInterval(sampling);
    job.signal("SIGKILL");
  }
}

function rowOf(runs: readonly Run[]): Row {
  const seconds = runs.map((own) => own.seconds);
  const stepsMs = runs.flatMap((own) => own.stepsMs);
  const [{ isRead, messages }] = runs as readonly [Run];
  const median = percentile(seconds, 0.5);
  const step = (share: number): number | string => (stepsMs.length === 0 ? "–" : round(percentile(stepsMs, share)));
  return {
    page: isRead ? `${READERS} readers` : "none",
    messages,
    seconds: round(median, 1),
    "fastest s": round(Math.min(...seconds), 1),
    "slowest s": round(Math.max(...seconds), 1),
    "messages/s": round(messages / median),
    "peak RSS MB": round(
      percentile(
        runs.map((own) => own.peakMb),
        0.5,
      ),
    ),
    "readers' steps": stepsMs.length,
    "step p50 ms": step(0.5),
    "step p95 ms": step(0.95),
    "live KB": round(runs.reduce((sum, own) => sum + own.liveBytes, 0) / 1_024),
  };
}
