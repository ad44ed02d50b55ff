/**
 * Starts Beam's job server with a Flink in the same process, on 127.0.0.1.
 *
 * 1. The server ends when its standard input does, so it never outlives this process, and its workers end with it.
 * 2. The server has a folder of its own for settings, logs and checkpoints. Files of an earlier server are removed at
 *    the start.
 * 3. All jobs run on the one Flink, whose web page exists as long as the server.
 * 4. Flink's REST service accepts no jars, and changes only with its token (RestGuard.java). The token is new at each
 *    start. It is in the server's environment and in a file of the folder.
 * 5. The job service accepts calls only with another random token, which the server gets through its environment.
 */
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { ENDLESS_RESTARTS } from "../flink-configuration";
import type { JobService } from "../runner";
import { JAVA_MISSING } from "../../process/build-step";
import { type LocalChild, startProgram } from "../../process/child";
import { environmentFor } from "../../process/environment";
import { makePrivateFolder, PRIVATE_FILE_MODE } from "../../process/private";
import { LOG_SETTINGS } from "./java";
import { keepRestAccess } from "./runs";

const DEFAULT_HEAP_MB = 1_024;
const SHORT_LIVED = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
/**
 * The parallel collector uses a quarter less of a small machine than Java's default collector. Later compilation takes
 * a fifth off Java's processor time in the first half minute, where its compilers compete with the job for two
 * processors.
 */
const LONG_LIVED = ["-XX:+UseParallelGC", "-XX:CompileThresholdScaling=3"];
const DEFAULT_SLOTS = 8;
/** 256 bits cannot be guessed. */
const TOKEN_BYTES = 32;
/** Packages of Java 17 that Flink and its serialisers access by reflection. */
const OPENED_PACKAGES = ["java.lang", "java.util", "java.time", "java.nio", "java.util.concurrent", "java.net"];
/** Environment variable that JobServer of src/beam/java reads. */
const JOB_TOKEN_VARIABLE = "BEAM_JOB_TOKEN";

export interface FlinkServerOptions {
  /** Folder of one server; created when missing. */
  readonly dataDirectory: string;
  /** Port of the web page if it is free, else another one. */
  readonly webPort?: number;
  /** Number of tasks of one stage that can run at once, over all jobs; default 8. */
  readonly slots?: number;
  /** Java heap in MiB, default 1024. */
  readonly heapMb?: number;
  /** Suits many short jobs: the server starts with half the work, but is several times slower under load. */
  readonly isShortLived?: boolean;
  /** Names of variables of this process that workers need besides those for AWS; "*" for all. */
  readonly workerVariables?: readonly string[];
  /** Flink's own settings, which add to those set here or replace them. */
  readonly flinkSettings?: Readonly<Record<string, string | number | boolean>>;
}

export interface RunningFlinkJobServer extends Omit<LocalChild, "port" | "webPort"> {
  readonly jobService: JobService;
  /** Address of Flink's web page and REST service. */
  readonly webUrl: string;
  /** Token for changes by the REST service. */
  readonly restToken: string;
}

export interface FlinkServerProgram {
  readonly classPath: readonly string[];
  /** Options of Java before all others. */
  readonly javaOptions: readonly string[];
  /** Time to end in; missing: the usual one. */
  readonly stopTimeoutMs?: number;
}

/** Starts the built server. Rejects with LOCAL_SERVICE. */
export async function startServer(
  { classPath, javaOptions, stopTimeoutMs }: FlinkServerProgram,
  options: FlinkServerOptions,
): Promise<RunningFlinkJobServer> {
  const directory = path.resolve(options.dataDirectory);
  const folder = (name: string): string => path.join(directory, name);
  for (const name of ["checkpoints", "tmp", "flink.log"]) await rm(folder(name), { recursive: true, force: true });
  await makePrivateFolder(directory);
  for (const name of ["conf", "artifacts", "checkpoints", "tmp"]) await makePrivateFolder(folder(name));
  const restToken = randomBytes(TOKEN_BYTES).toString("base64url");
  await writeFile(
    path.join(folder("conf"), "flink-conf.yaml"),
    yaml({
      "rest.address": "127.0.0.1",
      "rest.bind-address": "127.0.0.1",
      // Flink takes the first free port of the list, and any port for 0. Checking a port here first would leave time
      // for another process to take it.
      "rest.bind-port": options.webPort === undefined ? "0" : `${options.webPort},0`,
      // Jobs come through Beam's job service.
      "web.submit.enable": false,
      // The page's button would send the request without the token.
      "web.cancel.enable": false,
      "jobmanager.bind-host": "127.0.0.1",
      "taskmanager.bind-host": "127.0.0.1",
      // Jobs may ask for fewer restarts.
      ...ENDLESS_RESTARTS,
      // An ending job would otherwise wait for one more checkpoint.
      "execution.checkpointing.checkpoints-after-tasks-finish.enabled": false,
      // Metrics of running jobs would otherwise be up to ten seconds old.
      "metrics.fetcher.update-interval": 500,
      "web.log.path": folder("flink.log"),
      "state.checkpoints.dir": `file://${folder("checkpoints")}`,
      "io.tmp.dirs": folder("tmp"),
      ...options.flinkSettings,
    }),
    { mode: PRIVATE_FILE_MODE },
  );
  const jobToken = randomBytes(TOKEN_BYTES).toString("base64url");
  const child = await startProgram({
    title: "The embedded Flink",
    command: "java",
    howToGet: JAVA_MISSING,
    // Workers inherit their variables from the server.
    environment: {
      ...environmentFor(["java", "worker"], options.workerVariables),
      FLINK_REST_TOKEN: restToken,
      [JOB_TOKEN_VARIABLE]: jobToken,
    },
    logFile: folder("server.log"),
    ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }),
    args: [
      ...javaOptions,
      ...OPENED_PACKAGES.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      `-Xmx${options.heapMb ?? DEFAULT_HEAP_MB}m`,
      "-XX:+ExitOnOutOfMemoryError",
      ...(options.isShortLived === true ? SHORT_LIVED : LONG_LIVED),
      `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
      `-Dflink.log=${folder("flink.log")}`,
      `-Djava.io.tmpdir=${folder("tmp")}`,
      ...["-cp", classPath.join(path.delimiter), "FlinkLocal", folder("conf"), String(options.slots ?? DEFAULT_SLOTS)],
      ...[`--artifacts-dir=${folder("artifacts")}`, `--flink-conf-dir=${folder("conf")}`],
    ],
  });
  const { port, webPort, ...process } = child;
  if (webPort === undefined) throw new Error("the embedded Flink has said no port of its web page");
  const webUrl = `http://127.0.0.1:${webPort}`;
  await keepRestAccess(directory, { url: webUrl, token: restToken });
  return { ...process, jobService: { endpoint: `127.0.0.1:${port}`, token: jobToken }, webUrl, restToken };
}

function yaml(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}
