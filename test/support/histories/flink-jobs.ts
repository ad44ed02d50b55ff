/** The jobs of a history on an embedded Flink, which is kept from one to the next. */
import path from "node:path";
import { protoOf } from "../../../src/beam";
import { type Host, openHost } from "../../../src/beam/host";
import type { PipelineRun } from "../../../src/beam/runner";
import { buildPipeline, type PipelineSettings } from "../../../src/pipeline";
import { descendantsOf, killIfAlive, workersBelow } from "../processes/running";
import { type TemporaryFolder, temporaryFolder } from "../temporary-folder";
import { until } from "../until";

const WORKER = path.resolve(__dirname, "../../../src/worker.ts");
const START_LIMIT_MS = 60_000;
/** Short, so that kills find checkpoints to go on from. */
const TUNING = { checkpointIntervalMs: 1_000, maxBundleMs: 50 } as const;

export class FlinkJobs {
  private host: Host | undefined;
  /** Savepoint of the last endless job that was stopped; the next one goes on from it. */
  private savepoint: string | undefined;
  /** A Flink that restores a savepoint does so for each job. */
  private isRestoring = false;

  private constructor(private readonly folder: TemporaryFolder) {}

  static async open(): Promise<FlinkJobs> {
    return new FlinkJobs(await temporaryFolder("histories-flink"));
  }

  /** Its run's drain takes a savepoint if the job is endless, and rejects when no restart can cure the job. */
  async start(settings: PipelineSettings): Promise<PipelineRun> {
    const restored = settings.kinesis.untilMs === undefined ? this.savepoint : undefined;
    if (restored !== undefined || this.isRestoring) await this.closeFlink();
    this.host ??= await openHost(
      {
        kind: "own-flink",
        dataDirectory: this.folder.path,
        ...TUNING,
        ...(restored === undefined ? {} : { restore: { path: restored } }),
      },
      () => undefined,
    );
    this.isRestoring = restored !== undefined;
    const run = await this.host.run({
      name: "history",
      pipeline: await protoOf((root) => buildPipeline(root, settings)),
      worker: { entry: WORKER },
      workerEnvironment: { CHAT_SESSIONS_LOG_LEVEL: "silent" },
    });
    const finished = Promise.race([run.finished, run.failure]);
    // Nobody waits for a run that is killed.
    finished.catch(() => undefined);
    return {
      ...run,
      finished,
      drain: async () => {
        await Promise.race([run.drain(), run.failure]);
        this.savepoint = run.savepoint?.();
      },
      // A job may outlive its cancel by Beam's job service, until its command closes its Flink.
      cancel: async () => {
        await run.cancel();
        await this.closeFlink();
      },
    };
  }

  /** Kills Flink, and with it its workers, as a power cut would. */
  async kill(): Promise<void> {
    process.kill(this.pid(), "SIGKILL");
    await this.closeFlink();
  }

  /** Kills one worker, as soon as one runs. */
  async killWorker(): Promise<void> {
    const isKilled = (): boolean => workersBelow(this.pid()).slice(0, 1).some(killIfAlive);
    await until("a worker is killed", isKilled, START_LIMIT_MS);
  }

  async close(): Promise<void> {
    await this.closeFlink();
    await this.folder.remove();
  }

  private async closeFlink(): Promise<void> {
    await this.host?.close();
    this.host = undefined;
    this.isRestoring = false;
  }

  private pid(): number {
    const own = descendantsOf(process.pid).find(({ command }) => command.includes(`FlinkLocal ${this.folder.path}`));
    if (own === undefined) throw new Error("Flink does not run");
    return own.pid;
  }
}
