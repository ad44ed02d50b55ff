/** What the job's pipeline runs on: this process, or Flink. */
import { runDirect } from "../../../runners/direct";
import type { PipelineRun } from "../../beam/runner";
import type { JobOptions } from "../../options";
import type { PipelineSettings } from "../../pipeline";
import { startEmbeddedFlink } from "./embedded-flink";
import { openFlinkCluster } from "./flink-cluster";

export interface JobRun extends PipelineRun {
  /** Sessions that may still grow; only a runner in this process can tell. */
  openSessions?(): number;
  /** Path of the savepoint that a stop has left; only where stops take one. */
  savepoint?(): string | undefined;
  /** Flink's id of the job; only on a cluster. */
  readonly job?: string;
  /** Whether the job was left to itself: it runs on, and `finished` has settled all the same. */
  hasLeft?(): boolean;
}

/**
 * What a stop does: finish what was read; keep what is under way in a savepoint; drop it; or leave the job to itself.
 */
export type Stop = "drain" | "savepoint" | "cancel" | "detach";

export interface JobRunner {
  run(settings: PipelineSettings): Promise<JobRun>;
  /** What a run's `drain` does here. */
  readonly onStop: Stop;
  /** Rejects when the runner itself ends unasked; never resolves. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

/** Starts what the runner needs. `say` is told what a person may want to know. */
export async function openJobRunner(options: JobOptions, say: (line: string) => void): Promise<JobRunner> {
  const { flink } = options;
  if (flink?.master !== undefined) return openFlinkCluster(options, { ...flink, master: flink.master }, say);
  if (flink !== undefined) return startEmbeddedFlink(options, flink, say);
  return {
    onStop: "drain",
    failure: new Promise<never>(() => undefined),
    stop: async () => undefined,
    async run(settings) {
      const run = await runDirect(settings, options.shuffle ? { random: { seed: options.seed } } : {});
      const openSessions = (): number =>
        Object.values(run.status().stages).reduce((sum, { openWindows }) => sum + openWindows, 0);
      return {
        finished: run.finished,
        metrics: () => run.metrics(),
        drain: () => run.drain(),
        cancel: () => run.cancel(),
        openSessions,
      };
    },
  };
}
