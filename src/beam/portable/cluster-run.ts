/**
 * A job on a Flink cluster, followed by its REST service.
 *
 * 1. The run settles with the job, also when this process came late: everything is asked for, nothing is listened to.
 * 2. A JobManager that is away for a while is waited for; one that came back without the job ends the run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { JobError } from "../../errors";
import type { MetricResult, PipelineRun } from "../runner";
import type { PipelineProto } from "../sdk";
import { failureOf } from "./failure";
import type { FlinkJob, FlinkRest } from "./flink-rest";
import { metricResults } from "./metric-results";

const POLL_MS = 500;
/** Where Beam's Flink runner leaves the metrics of a job, as JSON. */
const METRICS_ACCUMULATOR = "__metricscontainers";

const METRICS = z.object({
  metrics: z.object({
    attempted: z
      .array(z.object({ urn: z.string(), labels: z.record(z.string(), z.string()), payload: z.base64() }))
      .default([]),
  }),
});

export class ClusterRun implements PipelineRun {
  readonly finished: Promise<void>;
  private readonly running: Promise<void>;
  private noteRunning: () => void = () => undefined;
  private isCancelled = false;
  private hasEnded = false;

  constructor(
    private readonly rest: FlinkRest,
    readonly jobId: string,
    private readonly pipeline: PipelineProto,
  ) {
    this.running = new Promise((resolve) => (this.noteRunning = resolve));
    this.finished = this.follow();
    const end = (): void => void (this.hasEnded = true);
    this.finished.then(end, end);
  }

  /** Resolves once all tasks run for the first time; rejects when the job fails before. */
  async started(): Promise<void> {
    await Promise.race([this.running, this.finished]);
  }

  /** Of a job that has ended; Flink has those of a running one elsewhere. */
  async metrics(): Promise<readonly MetricResult[]> {
    const accumulators = await this.rest.accumulators(this.jobId);
    const own = accumulators.find(({ name }) => name === METRICS_ACCUMULATOR);
    if (own === undefined) return [];
    const infos = METRICS.parse(JSON.parse(own.value)).metrics.attempted;
    return metricResults(
      infos.map(({ payload, ...info }) => ({ ...info, payload: Buffer.from(payload, "base64") })),
      this.pipeline,
    );
  }

  /** Nothing happens to a job that has ended, or was lost from sight. */
  async cancel(): Promise<void> {
    if (this.hasEnded) return;
    this.isCancelled = true;
    await this.rest.cancel(this.jobId);
    await this.finished.catch(() => undefined);
  }

  /** A cluster's job has no way to be told to finish what was read: the job is cancelled. */
  drain(): Promise<void> {
    return this.cancel();
  }

  private async follow(): Promise<void> {
    let checkpoint: string | undefined;
    for (;;) {
      const { state, vertices } = await this.job(checkpoint);
      if (state === "RUNNING") {
        // Flink says so of the job before its first task is there.
        if (vertices.every(({ status }) => status === "RUNNING" || status === "FINISHED")) this.noteRunning();
        checkpoint = (await this.lastCheckpoint()) ?? checkpoint;
      }
      if (state === "FINISHED" || (state === "CANCELED" && this.isCancelled)) return;
      if (state === "CANCELED") throw new JobError("FLINK", `Job ${this.jobId} was cancelled by somebody else.`);
      if (state === "FAILED") {
        const cause = await this.rest.failureCause(this.jobId);
        throw failureOf(cause === undefined ? [] : [cause]);
      }
      await sleep(POLL_MS);
    }
  }

  private async job(checkpoint: string | undefined): Promise<FlinkJob> {
    try {
      return await this.rest.job(this.jobId);
    } catch (error) {
      if (!(error instanceof JobError) || error.code !== "FLINK") throw error;
      throw new JobError("FLINK", `${error.message} ${this.advice(checkpoint)}`, { cause: error });
    }
  }

  private advice(checkpoint: string | undefined): string {
    return checkpoint === undefined
      ? "Its JobManager was started anew: start the job again."
      : `Its JobManager was started anew: go on with --from-savepoint ${checkpoint}`;
  }

  /** The path of the newest one; only a look, so trouble is of no interest. */
  private async lastCheckpoint(): Promise<string | undefined> {
    try {
      return (await this.rest.checkpoints(this.jobId)).latest.completed?.external_path ?? undefined;
    } catch {
      return undefined;
    }
  }
}
