/**
 * Ends an unbounded job on Flink when all of its sources have stopped by themselves. Beam's Impulse stays alive in such
 * a job, because checkpoints need it, and does not know about splittable DoFns. So the job would run for ever.
 *
 * 1. A job has nothing left to do when the output watermark of every operator in every task is the end of time.
 *    Residuals, elements in flight, open windows and open bundles all hold the watermark back.
 * 2. Flink's metrics are as old as its fetcher's interval, and after a restart they may be those of earlier tasks. So
 *    the job must have had nothing left for `steadyMs`.
 * 3. The job is then drained and ends as FINISHED. Nobody needs the savepoint of that, so it is deleted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { FlinkRefusal } from "./flink-http";
import { ENDED_STATES, type FlinkJob, type FlinkRest } from "./flink-rest";

/** Beam's `TIMESTAMP_MAX_VALUE`, rounded to what a number can hold. Flink's own maximum is later. */
const END_OF_TIME_MS = 9_223_372_036_854_774;
const LOOK_MS = 2_000;

const NAMES = z.array(z.object({ id: z.string() }));
const INPUTS = z.array(z.object({ id: z.string(), value: z.string() }));
const OUTPUTS = z.array(z.object({ id: z.string(), min: z.number() }));

export interface EndOfSources {
  readonly rest: Pick<FlinkRest, "jobs" | "job" | "ofJob" | "stopWithSavepoint" | "disposeSavepoint">;
  /** The job's id. Default: the only job of this Flink. */
  readonly job?: string;
  /** The folder for the savepoint. Default: the one in Flink's settings. */
  readonly directory: string | undefined;
  /** Ends the job if Flink cannot take a savepoint. */
  readonly cancel: () => Promise<void>;
  readonly steadyMs: number;
  readonly lookMs?: number;
  /** Ends the watch. */
  readonly ended: AbortSignal;
}

/** Resolves when the job has ended, or with `ended`. While Flink does not answer, it goes on looking. */
export async function endWithSources({ lookMs = LOOK_MS, ...options }: EndOfSources): Promise<void> {
  const { rest, directory, cancel, steadyMs, ended } = options;
  let sinceMs: number | undefined;
  while (!ended.aborted) {
    await sleep(lookMs, undefined, { signal: ended }).catch(() => undefined);
    try {
      const job = await theJob(options);
      if (job === undefined) continue;
      if (ENDED_STATES.has(job.state)) return;
      sinceMs = (await hasNothingLeft(rest, job)) ? (sinceMs ?? performance.now()) : undefined;
      if (sinceMs === undefined || performance.now() - sinceMs < steadyMs || ended.aborted) continue;
      await rest.disposeSavepoint(
        await rest.stopWithSavepoint(job.jid, { drain: true, ...(directory === undefined ? {} : { directory }) }),
      );
    } catch (error) {
      // Flink has no place for savepoints, so the job can only be cancelled. Any other failure may pass by the next
      // look.
      if (error instanceof FlinkRefusal && !error.mayPass && error.status !== 404)
        await cancel().catch(() => undefined);
    }
  }
}

async function theJob({ rest, job }: Pick<EndOfSources, "rest" | "job">): Promise<FlinkJob | undefined> {
  const id = job ?? (await rest.jobs())[0]?.jid;
  return id === undefined ? undefined : rest.job(id);
}

async function hasNothingLeft(rest: EndOfSources["rest"], { jid, state, vertices }: FlinkJob): Promise<boolean> {
  if (state !== "RUNNING" || vertices.some(({ status }) => status !== "RUNNING")) return false;
  // The last vertex comes first, because it is the last to reach the end of time.
  for (const vertex of vertices.toReversed()) {
    const address = `/vertices/${vertex.id}`;
    const inputs = await rest.ofJob(jid, `${address}/watermarks`, INPUTS);
    // Sources have none. Every task of other vertices must have reported its own, and with it those of its operators.
    if (inputs.length > 0 && inputs.length < vertex.parallelism) return false;
    if (inputs.length === 0 && !vertex.name.startsWith("Source: ")) return false;
    if (inputs.some(({ value }) => !(Number(value) >= END_OF_TIME_MS))) return false;
    const metrics = `${address}/subtasks/metrics`;
    const names = (await rest.ofJob(jid, metrics, NAMES)).filter(({ id }) => id.endsWith(".currentOutputWatermark"));
    if (names.length === 0) return false;
    const asked = names.map(({ id }) => encodeURIComponent(id)).join(",");
    const outputs = await rest.ofJob(jid, `${metrics}?agg=min&get=${asked}`, OUTPUTS);
    if (outputs.length < names.length || outputs.some(({ min }) => min < END_OF_TIME_MS)) return false;
  }
  return vertices.length > 0;
}
