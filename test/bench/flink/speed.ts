import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readOptions } from "../../../src/options";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { type Expected, writeChat } from "./speed-data";
import { runSpeed, speedOptions, type SpeedFigures } from "./speed-run";

/** About 1.6 million messages. */
const USERS = 8_000;
/** Four files take turns, and each needs several users. */
const MIN_USERS = 40;

/** Measures with the job's own defaults on Flink, like the benchmark of latency. */
export const flinkSpeed: Benchmark = {
  name: "flink-speed",
  title: `Flink, streaming: files of JSON lines → the job's own parse and sessions → files\n${optionsText()}`,
  notMeasured:
    "From the first record read to the last session written, checked message by message; the cluster's start is left out of the time, but not of Java's CPU time, of which its compilers take a large part in a run this short. Neither Kinesis, Bedrock nor OpenSearch; one machine, no network.",
  async run(scale) {
    const folder = await mkdtemp(path.join(tmpdir(), "bench-flink-speed-"));
    try {
      const chat = path.join(folder, "chat");
      const expected = await writeChat(chat, Math.max(MIN_USERS, Math.round(USERS * scale)));
      const { flink } = readOptions(["--runner", "flink"], {});
      if (flink === undefined) throw new Error("The options choose no Flink.");
      const figures = await runSpeed({ chat, sessions: expected.sessions, folder: path.join(folder, "run"), flink });
      return [rowOf(expected, figures)];
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

function rowOf(expected: Expected, { found, activeS, usage, series }: SpeedFigures): Row {
  for (const name of ["messages", "sessions", "checksum"] as const) {
    if (found[name] !== expected[name]) throw new Error(`${name}: ${found[name]} instead of ${expected[name]}`);
  }
  const node = path.basename(process.execPath);
  const memory = series.flatMap(({ usage: then }) => then.get(node)?.rssMb ?? []);
  const half = Math.ceil(memory.length / 2);
  return {
    messages: found.messages,
    sessions: found.sessions,
    seconds: round(activeS, 1),
    "messages/s": round(found.messages / activeS),
    "CPU s Java": round(usage.get("java")?.cpuS ?? 0, 1),
    "CPU s workers": round(usage.get(node)?.cpuS ?? 0, 1),
    // Memory of the larger worker; the second half must not be much above the first.
    "worker MB, first half": round(Math.max(0, ...memory.slice(0, half))),
    "worker MB, second half": round(Math.max(0, ...memory.slice(half))),
  };
}

function optionsText(): string {
  const { flink } = readOptions(["--runner", "flink"], {});
  return Object.entries(flink === undefined ? {} : speedOptions(flink))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}
