/**
 * Builds the embedded OpenSearch once.
 *
 * 1. A finished build is a folder named after the hash of what it was built from: its existence says that it is whole.
 * 2. It is built beside its place and renamed, so an interrupted or a parallel build never leaves half of one.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { JobError } from "../../errors";

const SOURCES = [join(__dirname, "pom.xml"), join(__dirname, "OpenSearchLocal.java")] as const;
const CACHE_DIRECTORY = resolve(__dirname, "../../../.local/opensearch");
const LOG_TAIL_CHARACTERS = 2_000;

const HOW_TO_GET = {
  mvn: "Maven is missing: install it (Debian: apt install maven, macOS: brew install maven) and start again",
  javac:
    "A Java development kit is missing: install version 17 (Debian: apt install openjdk-17-jdk-headless, macOS: brew install openjdk@17) and start again",
} as const;

/** Where the build of the present sources is, or will be: `lib`, `knn` and `classes`. */
export async function openSearchBuildDirectory(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) hash.update(await readFile(source));
  return join(CACHE_DIRECTORY, `server-${hash.digest("hex").slice(0, 12)}`);
}

/**
 * Fetches OpenSearch's jars with Maven and compiles the launcher; returns at once when that was done before.
 * `log` gets one line when there is work to do. Rejects with LOCAL_SERVICE, naming what is missing and how to get it.
 */
export async function buildOpenSearch(log: (line: string) => void): Promise<void> {
  const directory = await openSearchBuildDirectory();
  if (await exists(directory)) return;
  log("Fetching OpenSearch from Maven (about 55 MB, only the first time)…");
  const unfinished = join(CACHE_DIRECTORY, `unfinished-${process.pid}`);
  const logFile = join(CACHE_DIRECTORY, `build-${process.pid}.log`);
  await mkdir(unfinished, { recursive: true });
  try {
    const [pom, java] = SOURCES;
    await run("mvn", ["-B", "-q", "-ntp", "-f", pom, "package", `-Dcollect=${unfinished}`], logFile);
    const classPath = [join(unfinished, "lib", "*"), join(unfinished, "knn", "*")].join(":");
    await run("javac", ["--release", "17", "-cp", classPath, "-d", join(unfinished, "classes"), java], logFile);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      if (!(await exists(directory))) throw error;
    });
    await rm(logFile, { force: true });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function run(command: keyof typeof HOW_TO_GET, parameters: readonly string[], logFile: string): Promise<void> {
  const output = createWriteStream(logFile, { flags: "a" });
  const code = await new Promise<number | null>((settle, fail) => {
    const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.once("error", (error: NodeJS.ErrnoException) => {
      const message = error.code === "ENOENT" ? `${HOW_TO_GET[command]}.` : `${command} cannot run: ${error.message}.`;
      fail(new JobError("LOCAL_SERVICE", message, { cause: error }));
    });
    child.once("close", settle);
  }).finally(() => new Promise((ended) => output.end(ended)));
  if (code === 0) return;
  const tail = (await readFile(logFile, "utf8")).slice(-LOG_TAIL_CHARACTERS).trim();
  throw new JobError(
    "LOCAL_SERVICE",
    `The embedded OpenSearch could not be built (${command} failed, all of its output is in ${logFile}):\n${tail}`,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
