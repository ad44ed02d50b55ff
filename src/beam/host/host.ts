/** An opened target, which runs pipelines until it is closed. */
import type { WorkerProgram } from "../flink/bundle-worker";
import type { PipelineRun } from "../runner";
import type { PipelineProto } from "../sdk";

export interface HostJob {
  /** Name of the job, which Flink shows. */
  readonly name: string;
  readonly pipeline: PipelineProto;
  /** Makes the program of the worker processes. The direct runner has none and never calls it. */
  readonly worker: WorkerProgram;
  /** Receives the output of worker processes on this machine, line by line. */
  readonly onOutput?: Say;
  /** Variables for worker processes, in addition to inherited ones. */
  readonly workerEnvironment?: Readonly<Record<string, string>>;
}

/**
 * The effect of a stop. "drain" finishes what was read; "savepoint" keeps the job's state in a savepoint; "cancel"
 * drops work in flight; "detach" leaves the job running.
 */
export type Stop = "drain" | "savepoint" | "cancel" | "detach";

export interface HostRun extends PipelineRun {
  /** The effect that `drain` has on this host. */
  readonly onStop: Stop;
  /** Rejects when the host ends unexpectedly, or when no restart of the job can cure its failure. Never resolves. */
  readonly failure: Promise<never>;
  /** Flink's id of the job; only on a cluster. */
  readonly jobId?: string;
  /** Returns the number of windows that may still grow. Only the runner in this process can tell. */
  openWindows?(): number;
  /** Returns the path of the savepoint that a stop has made; only on hosts whose stop makes one. */
  savepoint?(): string | undefined;
  /** Returns true when the job was left running. `finished` has settled then. */
  hasLeft?(): boolean;
}

export interface Host {
  /** Starts a job. Resolves once the runner has accepted it. */
  run(job: HostJob): Promise<HostRun>;
  /** Ends the processes that were started for the host. A cluster's job goes on. */
  close(): Promise<void>;
}

/** Receives messages for a person, line by line. */
export type Say = (line: string) => void;

export const NEVER = new Promise<never>(() => undefined);

/** Returns a promise that rejects with the given one but never resolves. An unawaited rejection does no harm. */
export function failureOf(promise: Promise<unknown>): Promise<never> {
  const failure = promise.then(() => NEVER);
  failure.catch(() => undefined);
  return failure;
}
