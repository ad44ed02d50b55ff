/**
 * A real Flink session cluster on 127.0.0.1: a JobManager and TaskManagers, each a process of its own, with RocksDB.
 *
 * 1. All processes end with this one, and `stop` leaves nothing behind.
 * 2. A JobManager that is started again has the addresses of the one before, so TaskManagers that live find it. It
 *    knows no jobs: there is no high availability, only the checkpoints in their folder.
 * 3. Checkpoints outlive jobs, however these end.
 */
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { freePort } from "../../../src/beam/process/ports";
import { flinkFromMaven, flinkLauncher } from "./build";
import { type FlinkProcess, startFlinkProcess } from "./process";
import { type TemporaryFolder, temporaryFolder } from "../temporary-folder";
import { until } from "../until";

const JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
/**
 * Saves the second compiler's time at a start: a small machine has none to spare, and a JobManager runs too little to
 * gain from it.
 */
const STARTS_SOON = ["-XX:TieredStopAtLevel=1"];
const TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";
const START_LIMIT_MS = 90_000;
const REQUEST_TIMEOUT_MS = 5_000;
const FRAMEWORK_HEAP_MB = 128;

export interface FlinkClusterOptions {
  /** Files of a Flink distribution's `lib`; default: Flink 1.19 from Maven. */
  readonly classPath?: readonly string[];
  /** Default 2. */
  readonly taskManagers?: number;
  /** Default 2. */
  readonly slotsPerTaskManager?: number;
  /** Java heap of a TaskManager in MiB, default 512. */
  readonly heapMb?: number;
  /** Managed memory of a TaskManager for RocksDB, in MiB, default 128. */
  readonly managedMb?: number;
  /** Flink's own settings, which win over those that are set here. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** The command that runs Java; default `java` of the PATH. */
  readonly java?: readonly string[];
  /** Environment of all processes; default: that of this one. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface TaskManager {
  /** The id in Flink's REST service. */
  readonly id: string;
  readonly pid: number;
  readonly logFile: string;
  /** Processes that it started and that have not ended. */
  workerPids(): readonly number[];
  /** Sends SIGKILL. */
  kill(): Promise<void>;
}

export interface FlinkCluster {
  readonly restUrl: string;
  /** Folder of conf, checkpoints, savepoints, and of a folder with log and temporary files for each process. */
  readonly directory: string;
  readonly checkpointDirectory: string;
  readonly savepointDirectory: string;
  /** Living TaskManagers, oldest first. */
  taskManagers(): readonly TaskManager[];
  /** Resolves once the JobManager knows the new TaskManager. */
  startTaskManager(): Promise<TaskManager>;
  jobManagerPid(): number;
  /** Sends SIGKILL. */
  killJobManager(): Promise<void>;
  /** Resolves once it answers; TaskManagers that live come back to it when they miss the one before. */
  startJobManager(): Promise<void>;
  stop(): Promise<void>;
}

const KNOWN = z.object({ taskmanagers: z.array(z.object({ id: z.string() })) });

export async function startFlinkCluster(options: FlinkClusterOptions = {}): Promise<FlinkCluster> {
  const classPath = [await flinkLauncher(), ...(options.classPath ?? (await flinkFromMaven()))];
  const cluster = new Processes(options, classPath, await temporaryFolder("flink-cluster"));
  try {
    await cluster.startJobManager();
    await Promise.all(Array.from({ length: options.taskManagers ?? 2 }, () => cluster.startTaskManager()));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class Processes implements FlinkCluster {
  restUrl = "";
  readonly directory: string;
  readonly checkpointDirectory: string;
  readonly savepointDirectory: string;
  private readonly confDirectory: string;
  private ports: { readonly rest: number; readonly rpc: number; readonly blob: number } | undefined;
  private jobManager: FlinkProcess | undefined;
  private readonly started = new Map<string, FlinkProcess>();

  constructor(
    private readonly options: FlinkClusterOptions,
    private readonly classPath: readonly string[],
    private readonly folder: TemporaryFolder,
  ) {
    this.directory = folder.path;
    this.confDirectory = path.join(this.directory, "conf");
    this.checkpointDirectory = path.join(this.directory, "checkpoints");
    this.savepointDirectory = path.join(this.directory, "savepoints");
  }

  taskManagers(): readonly TaskManager[] {
    return [...this.started]
      .filter(([, process]) => !process.hasEnded())
      .map(([id, process]) => ({
        id,
        pid: process.pid,
        logFile: process.logFile,
        workerPids: () => leavesBelow(process.pid),
        kill: () => process.kill(),
      }));
  }

  async startTaskManager(): Promise<TaskManager> {
    const { slotsPerTaskManager = 2, heapMb = 512, managedMb = 128 } = this.options;
    const id = `taskmanager-${this.started.size + 1}`;
    const settings = {
      "taskmanager.resource-id": id,
      "taskmanager.numberOfTaskSlots": slotsPerTaskManager,
      // Flink's scripts would compute these sizes; without the scripts all of them must be given.
      "taskmanager.cpu.cores": 1,
      "taskmanager.memory.framework.heap.size": `${FRAMEWORK_HEAP_MB}m`,
      "taskmanager.memory.task.heap.size": `${heapMb - FRAMEWORK_HEAP_MB}m`,
      "taskmanager.memory.framework.off-heap.size": "128m",
      "taskmanager.memory.task.off-heap.size": "64m",
      "taskmanager.memory.managed.size": `${managedMb}m`,
      "taskmanager.memory.network.min": "64m",
      "taskmanager.memory.network.max": "64m",
      "taskmanager.memory.jvm-metaspace.size": "256m",
      "taskmanager.memory.jvm-overhead.min": "192m",
      "taskmanager.memory.jvm-overhead.max": "192m",
    };
    // The map holds the name before anything is awaited, so that two starts at once do not take the same one.
    const starting = this.start(id, TASK_MANAGER, heapMb, settings);
    this.started.set(id, NOT_YET);
    const process = await starting;
    this.started.set(id, process);
    await this.waitFor(`${id} is known`, process, async () => (await this.known()).has(id));
    return this.taskManagers().find((each) => each.id === id)!;
  }

  jobManagerPid(): number {
    return this.jobManager?.pid ?? 0;
  }

  async killJobManager(): Promise<void> {
    await this.jobManager?.kill();
  }

  async startJobManager(): Promise<void> {
    await this.writeSettings();
    const process = await this.start("jobmanager", JOB_MANAGER, 512, {});
    this.jobManager = process;
    await this.waitFor("the JobManager answers", process, async () => (await this.known()).size >= 0);
  }

  async stop(): Promise<void> {
    const all = [...this.started.values(), ...(this.jobManager === undefined ? [] : [this.jobManager])];
    await Promise.all(all.map((process) => process.stop()));
    await this.folder.remove();
  }

  /** Throws while the JobManager does not answer. */
  private async known(): Promise<ReadonlySet<string>> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer: unknown = await (await fetch(`${this.restUrl}/taskmanagers`, { signal })).json();
    return new Set(KNOWN.parse(answer).taskmanagers.map(({ id }) => id));
  }

  private async waitFor(what: string, process: FlinkProcess, holds: () => Promise<boolean>): Promise<void> {
    const check = async (): Promise<boolean> => {
      if (process.hasEnded()) throw new Error(`a Flink process ended at its start: see ${process.logFile}`);
      return holds().catch(() => false);
    };
    await until(what, check, START_LIMIT_MS);
  }

  private start(
    name: string,
    mainClass: string,
    heapMb: number,
    settings: Readonly<Record<string, string | number>>,
  ): Promise<FlinkProcess> {
    return startFlinkProcess({
      java: [...(this.options.java ?? ["java"]), ...(mainClass === JOB_MANAGER ? STARTS_SOON : [])],
      classPath: this.classPath,
      mainClass,
      heapMb,
      args: Object.entries(settings).flatMap(([key, value]) => ["-D", `${key}=${value}`]),
      directory: path.join(this.directory, name),
      confDirectory: this.confDirectory,
      environment: this.options.environment ?? process.env,
    });
  }

  private async writeSettings(): Promise<void> {
    if (this.ports !== undefined) return;
    const [rest, rpc, blob] = [await freePort(), await freePort(), await freePort()];
    this.ports = { rest, rpc, blob };
    this.restUrl = `http://127.0.0.1:${rest}`;
    const settings = {
      "jobmanager.rpc.address": "127.0.0.1",
      "jobmanager.rpc.port": rpc,
      "jobmanager.bind-host": "127.0.0.1",
      "jobmanager.memory.process.size": "1g",
      "rest.address": "127.0.0.1",
      "rest.bind-address": "127.0.0.1",
      "rest.port": rest,
      "blob.server.port": blob,
      "taskmanager.host": "127.0.0.1",
      "taskmanager.bind-host": "127.0.0.1",
      // Time that a TaskManager waits for a JobManager that is gone; Flink's default is 50 s.
      "heartbeat.interval": 2_000,
      "heartbeat.timeout": 10_000,
      // Without it a job that fits into one TaskManager leaves the others idle.
      "cluster.evenly-spread-out-slots": true,
      "state.backend.type": "rocksdb",
      "state.checkpoints.dir": `file://${this.checkpointDirectory}`,
      "state.savepoints.dir": `file://${this.savepointDirectory}`,
      "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
      // With a single one, a checkpoint that a test has just read of may be gone.
      "state.checkpoints.num-retained": 3,
      "metrics.fetcher.update-interval": 500,
      ...this.options.settings,
    };
    for (const folder of [this.confDirectory, this.checkpointDirectory, this.savepointDirectory]) {
      await mkdir(folder, { recursive: true });
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
    await writeFile(path.join(this.confDirectory, "config.yaml"), lines.join(""));
  }
}

/** Takes a name while its process is being started. */
const NOT_YET: FlinkProcess = {
  pid: 0,
  logFile: "",
  hasEnded: () => true,
  kill: async () => undefined,
  stop: async () => undefined,
};

/** Descendants of a process that have no children themselves: a shell between the two may have started a worker. */
function leavesBelow(ancestor: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const line of execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n")) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] => {
    const own = children.get(pid) ?? [];
    return own.length === 0 ? [pid] : own.flatMap(below);
  };
  return (children.get(ancestor) ?? []).flatMap(below);
}
