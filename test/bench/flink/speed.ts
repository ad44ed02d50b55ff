import path from "node:path";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { percentile } from "../harness/percentile";
import { runNative } from "./native/run";
import { flinkDefaults } from "./options";
import { type Expected, writeChat } from "./speed-data";
import { runSpeed, speedOptions, type SpeedFigures } from "./speed-run";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

/** About 1.6 million messages. */
const USERS = 8_000;
/** Four files take turns, and each needs several users. */
const MIN_USERS = 40;
/** Rounds of both contestants in turns, so that whatever else the machine does meets both. */
const ROUNDS = 3;
const JOB = "the job";
const NATIVE = "native Flink in Java";

/** Measures with the job's own defaults on Flink, like the benchmark of latency. */
export const flinkSpeed: Benchmark = {
  name: "flink-speed",
  title: `Flink, streaming: files of JSON lines → the job's own parse and sessions → files, in turns with the same in Java\n${optionsText()}`,
  notMeasured:
    "From the first record read to the last session written, checked message by message; the cluster's start is left out of the time, but not of Java's CPU time, of which its compilers take a large part in a run this short. Native Flink makes no checkpoints, and has a heap of 2 GB. Neither Kinesis, Bedrock nor OpenSearch; one machine, no network.",
  async run(scale) {
    const folder = makeFolder("bench-flink-speed");
    try {
      const chat = path.join(folder, "chat");
      const expected = await writeChat(chat, Math.max(MIN_USERS, Math.round(USERS * scale)));
      const flink = flinkDefaults();
      const { parallelism } = flink;
      const contestants: Readonly<Record<string, (own: string) => Promise<SpeedFigures>>> = {
        [JOB]: (own) => runSpeed({ chat, sessions: expected.sessions, folder: own, flink }),
        [NATIVE]: (own) => runNative({ chat, folder: own, parallelism }),
      };
      const rows: Row[] = [];
      for (let turn = 0; turn < (scale < 1 ? 1 : ROUNDS); turn++) {
        for (const [name, contestant] of Object.entries(contestants)) {
          rows.push(rowOf(name, expected, await contestant(path.join(folder, "run"))));
        }
      }
      return [...rows, ratioOf(rows)];
    } finally {
      await removeFolder(folder);
    }
  },
};

function rowOf(contestant: string, expected: Expected, { found, activeS, usage, series }: SpeedFigures): Row {
  for (const name of ["messages", "sessions", "checksum"] as const) {
    if (found[name] !== expected[name]) throw new Error(`${name}: ${found[name]} instead of ${expected[name]}`);
  }
  const node = path.basename(process.execPath);
  const memory = series.flatMap(({ usage: then }) => then.get(node)?.rssMb ?? []);
  const half = Math.ceil(memory.length / 2);
  const javaS = usage.get("java")?.cpuS ?? 0;
  const workersS = usage.get(node)?.cpuS ?? 0;
  return {
    contestant,
    messages: found.messages,
    sessions: found.sessions,
    seconds: round(activeS, 1),
    "messages/s": round(found.messages / activeS),
    "CPU s Java": round(javaS, 1),
    "CPU s workers": round(workersS, 1),
    "CPU s": round(javaS + workersS, 1),
    // Memory of the larger worker; the second half must not be much above the first.
    "worker MB, first half": round(Math.max(0, ...memory.slice(0, half))),
    "worker MB, second half": round(Math.max(0, ...memory.slice(half))),
  };
}

/** The ratio of the medians. */
function ratioOf(rows: readonly Row[]): Row {
  const medianOf = (contestant: string, column: string): number => {
    const own = rows.filter((row) => row["contestant"] === contestant).map((row) => Number(row[column]));
    return percentile(own, 0.5);
  };
  const ratio = (column: string): number => round(medianOf(JOB, column) / medianOf(NATIVE, column), 2);
  return {
    contestant: `${JOB} ÷ ${NATIVE}, medians`,
    seconds: ratio("seconds"),
    "messages/s": ratio("messages/s"),
    "CPU s": ratio("CPU s"),
  };
}

function optionsText(): string {
  return Object.entries(speedOptions(flinkDefaults()))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}
