/**
 * Follows a job on a Flink cluster by its REST service.
 *
 * 1. The run settles with the job, even if this process starts to follow late: it polls for everything and depends on
 *    no events.
 * 2. The run waits for a JobManager that is away or in trouble, and for a suspended job: with high availability another
 *    JobManager takes it over. A JobManager that came back without the job ends the run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { deferred } from "../deferred";
import { BeamError } from "../error";
import type { MetricResult, PipelineRun } from "../runner";
import type { PipelineProto } from "../sdk";
import { cancelledByOthers, failureOf } from "./failure";
import { FlinkRefusal } from "./flink-http";
import type { FlinkJob, FlinkRest } from "./flink-rest";
import { accumulatedMetrics } from "./metric-results";
import { newestCheckpoint } from "./newest-checkpoint";

const POLL_MS = 500;

export class ClusterRun implements PipelineRun {
  readonly finished: Promise<void>;
  private readonly running = deferred();
  private isCancelled = false;
  private hasEnded = false;

  constructor(
    private readonly rest: FlinkRest,
    readonly jobId: string,
    private readonly pipeline: PipelineProto,
  ) {
    this.finished = this.follow();
    const end = (): void => void (this.hasEnded = true);
    this.finished.then(end, end);
  }

  /** Resolves once all tasks run for the first time. Rejects when the job fails before. */
  async started(): Promise<void> {
    await Promise.race([this.running.promise, this.finished]);
  }

  /** Returns the metrics of an ended job. `live-metrics.ts` has those of a running one. */
  async metrics(): Promise<readonly MetricResult[]> {
    return accumulatedMetrics(await this.rest.accumulators(this.jobId), this.pipeline);
  }

  /** Does nothing for a job that has ended, or that this run has lost. */
  async cancel(): Promise<void> {
    if (this.hasEnded) return;
    this.isCancelled = true;
    try {
      await this.rest.cancel(this.jobId);
    } catch (error) {
      // The job has ended meanwhile; `finished` tells how.
      if (!(error instanceof FlinkRefusal) || error.mayPass) throw error;
    }
    await this.finished.catch(() => undefined);
  }

  /** Cancels the job: a cluster's job cannot be told to finish what was read. */
  drain(): Promise<void> {
    return this.cancel();
  }

  private async follow(): Promise<void> {
    let checkpoint: string | undefined;
    let troubleMs: number | undefined;
    for (;;) {
      const seen = await this.look(checkpoint);
      if (seen instanceof BeamError) {
        troubleMs ??= performance.now();
        if (performance.now() - troubleMs > this.rest.patienceMs) throw seen;
      } else {
        troubleMs = undefined;
        if (seen.state === "RUNNING") {
          // Flink reports a job as RUNNING before its first task runs, so the tasks are checked.
          if (seen.vertices.every(({ status }) => status === "RUNNING" || status === "FINISHED"))
            this.running.resolve();
          checkpoint = (await this.lastCheckpoint()) ?? checkpoint;
        }
        if (await this.isOver(seen)) return;
      }
      await sleep(POLL_MS);
    }
  }

  /** Throws when the job has ended in another way than it should. */
  private async isOver({ state }: FlinkJob): Promise<boolean> {
    if (state === "FINISHED" || (state === "CANCELED" && this.isCancelled)) return true;
    if (state === "CANCELED") throw cancelledByOthers(this.jobId);
    if (state !== "FAILED") return false;
    const cause = await this.rest.failureCause(this.jobId).catch(() => undefined);
    throw failureOf(cause === undefined ? [] : [cause]);
  }

  /** Returns the job, or the reason why it cannot be seen now. Throws when the job is gone. */
  private async look(checkpoint: string | undefined): Promise<FlinkJob | BeamError> {
    try {
      const job = await this.rest.job(this.jobId);
      if (job.state !== "SUSPENDED") return job;
      const words = `Job ${this.jobId} was suspended when its JobManager ended, and no other one took it over`;
      return new BeamError("FLINK", `${words}: ${advice(checkpoint)}`);
    } catch (error) {
      if (!(error instanceof FlinkRefusal)) throw error;
      if (error.mayPass) {
        const words = `${error.message} Job ${this.jobId} may run all the same: look at ${this.rest.url}.`;
        return new BeamError("FLINK", words, { cause: error });
      }
      if (error.status !== 404) throw error;
      const words = `${error.message} Its JobManager was started anew: ${advice(checkpoint)}`;
      throw new BeamError("FLINK", words, { cause: error });
    }
  }

  /** Returns the path of the newest checkpoint. Errors are ignored, since the path is only a hint. */
  private async lastCheckpoint(): Promise<string | undefined> {
    try {
      return (await this.rest.checkpoints(this.jobId)).latest.completed?.external_path ?? undefined;
    } catch {
      return undefined;
    }
  }
}

function advice(checkpoint: string | undefined): string {
  return checkpoint === undefined
    ? "start the job again."
    : `go on from its last checkpoint, ${newestCheckpoint(checkpoint)}, as from a savepoint.`;
}
