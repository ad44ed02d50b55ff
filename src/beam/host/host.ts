/** A target that is open: it runs pipelines until it is closed. */
import type { WorkerProgram } from "../flink/bundle-worker";
import type { PipelineRun } from "../runner";
import type { PipelineProto } from "../sdk";

export interface HostJob {
  /** Shown by Flink. */
  readonly name: string;
  readonly pipeline: PipelineProto;
  /** What the pipeline's worker processes run; nobody asks for it in this process. */
  readonly worker: WorkerProgram;
  /** Told what worker processes on this machine print, line by line. */
  readonly onOutput?: Say;
  /** For worker processes, beside what they inherit. */
  readonly workerEnvironment?: Readonly<Record<string, string>>;
}

/**
 * What a stop does: finish what was read; keep what is under way in a savepoint; drop it; or leave the job to itself.
 */
export type Stop = "drain" | "savepoint" | "cancel" | "detach";

export interface HostRun extends PipelineRun {
  /** What `drain` does here. */
  readonly onStop: Stop;
  /** Rejects when the host ends unasked, or with what no restart of the job can mend; never resolves. */
  readonly failure: Promise<never>;
  /** Flink's id of the job; only on a cluster. */
  readonly jobId?: string;
  /** Windows that may still grow; only a runner in this process can tell. */
  openWindows?(): number;
  /** Path of the savepoint that a stop has left; only where stops take one. */
  savepoint?(): string | undefined;
  /** Whether the job was left to itself: it runs on, and `finished` has settled all the same. */
  hasLeft?(): boolean;
}

export interface Host {
  /** Resolves once the job was taken. */
  run(job: HostJob): Promise<HostRun>;
  /** Ends what was started for it; a cluster's job goes on. */
  close(): Promise<void>;
}

/** Told what a person may want to know, line by line. */
export type Say = (line: string) => void;

export const NEVER = new Promise<never>(() => undefined);

/** The promise as one that can only fail, and that nobody has to wait for. */
export function failureOf(promise: Promise<unknown>): Promise<never> {
  const failure = promise.then(() => NEVER);
  failure.catch(() => undefined);
  return failure;
}
