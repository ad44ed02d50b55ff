/** Costs of Flink's polls for elements in flight behind an `asyncBoundary`, by their size. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { roughBytes } from "../../../src/beam/operators/rough-bytes";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { Pipeline, Root } from "../../../src/beam/sdk";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { flinkDefaults, optionsText } from "./options";
import { partOf, type PolledParts, pollParts, type WorkerReport } from "./polls-fns";
import { ProcessWatch } from "./speed-processes";

/** Time until delays have grown to their bound and Java has compiled the code that it runs. */
const WARM_UP_MS = 12_000;
const MEASURED_MS = 20_000;
/** A report is of one process, and a poll costs the same in any. */
const WORKERS = 1;
/** Number of elements in flight, and their characters; the load without any shows the job's other costs. */
const LOADS = [
  { parts: "none", count: 0, chars: 0 },
  { parts: "1 KB", count: 200, chars: 1_000 },
  { parts: "64 KB", count: 100, chars: 50_000 },
  { parts: "1 MB", count: 10, chars: 800_000 },
] as const;

interface Figures extends WorkerReport {
  readonly javaCpuS: number;
  readonly seconds: number;
}

export const polls: Benchmark = {
  name: "flink-polls",
  title: `Flink: session parts in flight behind an asyncBoundary, whose calls do not end, and what each poll for one costs\n${optionsText({ workers: WORKERS })}`,
  notMeasured:
    "CPU is that of the job less that of one without parts; bytes are what the worker reads from and writes to Flink for each poll. Not checkpoints, which hold each part whatever the interval is.",
  async run(scale) {
    const folder = makeFolder("bench-polls");
    const workerCommand = await bundleWorker({
      entry: path.join(__dirname, "polls-worker.ts"),
      directory: path.join(folder, "workers"),
    });
    const rows: Row[] = [];
    let idle: Figures | undefined;
    try {
      for (const { parts, count, chars } of LOADS) {
        const flink = await startFlinkJobServer({ dataDirectory: path.join(folder, "flink") });
        try {
          const figures = await measure(
            flink,
            workerCommand,
            { count, chars, reportFile: path.join(folder, parts) },
            scale,
          );
          idle ??= figures;
          rows.push(row(parts, { count, chars }, figures, idle));
        } finally {
          await flink.stop();
        }
      }
      return rows;
    } finally {
      await removeFolder(folder);
    }
  },
};

async function measure(
  { jobService, pid }: RunningFlinkJobServer,
  workerCommand: string,
  parts: PolledParts,
  scale: number,
): Promise<Figures> {
  const pipeline = new Pipeline();
  pollParts(new Root(pipeline), parts);
  const run = await new PortableRunner({
    jobService,
    jobName: "polls",
    workerCommand,
    workerEnvironment: {},
    pipelineOptions: flinkPipelineOptions({ ...flinkDefaults(), workers: WORKERS, isBounded: false }),
  }).run(pipeline.getProto());
  const report = async (): Promise<WorkerReport> =>
    JSON.parse(await readFile(parts.reportFile, "utf8").catch(() => "{}")) as WorkerReport;
  try {
    const begun = until("all parts are in flight", async () => (await report()).decoded >= parts.count, 60_000);
    await Promise.race([begun, run.finished]);
    await sleep(WARM_UP_MS * scale);
    const watch = new ProcessWatch(pid, 1_000);
    const startedMs = performance.now();
    const before = await report();
    await sleep(MEASURED_MS * scale);
    const after = await report();
    const javaCpuS = watch.stop().get("java")?.cpuS ?? 0;
    return {
      decoded: after.decoded - before.decoded,
      cpuS: after.cpuS - before.cpuS,
      readBytes: after.readBytes - before.readBytes,
      writtenBytes: after.writtenBytes - before.writtenBytes,
      javaCpuS,
      seconds: (performance.now() - startedMs) / 1_000,
    };
  } finally {
    await run.cancel();
  }
}

function row(
  parts: string,
  { count, chars }: Pick<PolledParts, "count" | "chars">,
  figures: Figures,
  idle: Figures,
): Row {
  const { decoded, seconds } = figures;
  const perPoll = (name: "cpuS" | "javaCpuS" | "readBytes" | "writtenBytes"): number =>
    decoded === 0 ? 0 : Math.max(0, figures[name] - (idle[name] * seconds) / idle.seconds) / decoded;
  const readBytes = perPoll("readBytes");
  if (readBytes < chars) throw new Error(`A poll of a part of ${chars} characters took only ${round(readBytes)} bytes`);
  return {
    parts,
    "in flight": count,
    "KB in memory": round(count === 0 ? 0 : roughBytes(partOf(0, chars)) / 1_000, 1),
    "polls/s": round(decoded / seconds, 1),
    "KB to the worker": round(readBytes / 1_000, 1),
    "KB back": round(perPoll("writtenBytes") / 1_000, 1),
    "ms CPU worker": round(perPoll("cpuS") * 1_000, 2),
    "ms CPU Java": round(perPoll("javaCpuS") * 1_000, 2),
    "% of a processor, all": round(((figures.cpuS + figures.javaCpuS) / seconds) * 100),
  };
}
