/**
 * Runs the same sessions as a program of Flink's own in Java, in one process: what the speed benchmark compares with.
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { environmentFor } from "../../../../src/beam/process/environment";
import { buildOnce } from "../../../../src/beam/process/java-build";
import { flinkFromMaven } from "../../../support/flink/build";
import { DISORDER_MS, GAP_MS, readSessions } from "../speed-data";
import { ProcessWatch } from "../speed-processes";
import { activeS, SAMPLE_EVERY_MS, type SpeedFigures } from "../speed-run";

const SOURCE = path.join(__dirname, "NativeSessions.java");
const CACHE = path.resolve(__dirname, "../../../../.local/bench-flink");
/** Twice the embedded Flink's: sessions are objects there, and bytes with Beam. */
const HEAP_MB = 2_048;
/** Flink's serialisers look into these packages of Java 17. */
const OPENED_PACKAGES = ["java.lang", "java.util", "java.time", "java.nio"];
const TAIL_CHARACTERS = 2_000;

export interface NativeRun {
  /** Folder with the files of `writeChat`. */
  readonly chat: string;
  /** Folder of this run alone; made anew. */
  readonly folder: string;
  readonly parallelism: number;
}

export async function runNative({ chat, folder, parallelism }: NativeRun): Promise<SpeedFigures> {
  const out = path.join(folder, "out");
  await rm(folder, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const flink = await flinkFromMaven();
  const classPath = [await classes(flink), ...flink].join(path.delimiter);
  const logFile = path.join(folder, "java.log");
  const log = createWriteStream(logFile);
  const child = spawn(
    "java",
    [
      ...OPENED_PACKAGES.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      ...[`-Xmx${HEAP_MB}m`, "-cp", classPath, "NativeSessions"],
      ...[chat, out, String(parallelism), String(GAP_MS), String(DISORDER_MS)],
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: environmentFor(["java"]) },
  );
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const watch = new ProcessWatch(child.pid!, SAMPLE_EVERY_MS);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => new Promise((ended) => log.end(ended)));
  const usage = watch.stop();
  if (exitCode !== 0) throw new Error(`Java ended: ${(await readFile(logFile, "utf8")).slice(-TAIL_CHARACTERS)}`);
  return { found: await readSessions(out), activeS: await activeS(out), usage, series: watch.series };
}

function classes(flink: readonly string[]): Promise<string> {
  const compile = ["--release", "17", "-nowarn", "-cp", flink.join(path.delimiter)];
  return buildOnce(
    {
      title: "The native program",
      announcement: "Compiling the native program…",
      sources: [SOURCE],
      cacheDirectory: CACHE,
      steps: (target) => [{ command: "javac", parameters: [...compile, "-d", target, SOURCE] }],
    },
    () => undefined,
  );
}
