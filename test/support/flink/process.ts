/** One Java process of a Flink cluster. It ends with this process, however that ends. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { LOG_SETTINGS } from "../../../src/beam/flink/embedded/java";

const STOP_TIMEOUT_MS = 5_000;
/** Packages of Java 17 that Flink's own start scripts open. */
const OPENED_PACKAGES = [
  ...["java.lang", "java.lang.reflect", "java.net", "java.io", "java.nio", "java.text", "java.time", "java.util"],
  ...["java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.nio.ch"],
];

export interface FlinkProcessOptions {
  /** The command that runs Java, `["java"]` for instance. */
  readonly java: readonly string[];
  readonly classPath: readonly string[];
  readonly mainClass: string;
  readonly args: readonly string[];
  readonly heapMb: number;
  /** Folder of the process's log and temporary files; created when missing. */
  readonly directory: string;
  readonly confDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface FlinkProcess {
  readonly pid: number;
  readonly logFile: string;
  readonly hasEnded: () => boolean;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFlinkProcess(options: FlinkProcessOptions): Promise<FlinkProcess> {
  const { directory, confDirectory, heapMb } = options;
  const temporary = path.join(directory, "tmp");
  const logFile = path.join(directory, "flink.log");
  await mkdir(temporary, { recursive: true });
  const [command = "java", ...prefix] = options.java;
  const child = spawn(
    command,
    [
      ...prefix,
      ...OPENED_PACKAGES.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
      ...[`-Xmx${heapMb}m`, "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", `-Djava.io.tmpdir=${temporary}`],
      ...[`-Dlog4j2.configurationFile=${LOG_SETTINGS}`, `-Dflink.log=${logFile}`, `-Dlog.file=${logFile}`],
      ...["-cp", options.classPath.join(path.delimiter), "FlinkProcess", options.mainClass],
      ...["--configDir", confDirectory, "-D", `io.tmp.dirs=${temporary}`, ...options.args],
    ],
    {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...options.environment, FLINK_CONF_DIR: confDirectory },
    },
  );
  child.stdin.on("error", () => undefined);
  const output = createWriteStream(path.join(directory, "output.log"), { flags: "a" });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  let ended = false;
  const closed = new Promise<void>((resolve) => {
    const end = (): void => {
      ended = true;
      output.end();
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  return {
    pid: child.pid ?? 0,
    logFile,
    hasEnded: () => ended,
    kill,
    async stop() {
      child.stdin.end();
      const killer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await closed;
      clearTimeout(killer);
    },
  };
}
