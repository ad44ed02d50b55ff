/** Runs a pipeline on a target, from building it to its end. */
import { requireRunnable } from "../checks";
import { refuseWhatCannotRun } from "../flink/refuse";
import type { MetricResult } from "../runner";
import { protoOf } from "../pipeline-proto";
import type { Root } from "../sdk";
import type { Target } from "../target";
import type { HostJob, Say } from "./host";
import { checkTarget, openHost } from "./open";
import { once, runToEnd } from "./run-to-end";
import { STOP_WORDS } from "./words";

export interface RunOptions {
  readonly target: Target;
  /** Stops the run in the target's way: see `Stop`. */
  readonly stop?: AbortSignal;
  /** Ends the run at once. Work in flight is dropped. */
  readonly cancel?: AbortSignal;
  readonly say?: Say;
}

export interface RunPipelineOptions extends RunOptions {
  /** Files that register the pipeline's DoFns and coders and have no other effect. Workers import them. */
  readonly modules: readonly string[];
  /** Name of the job, which Flink shows; default "pipeline". */
  readonly name?: string;
}

export interface RunEnd {
  readonly metrics: readonly MetricResult[];
  /** Flink's id of the job; only on a cluster. */
  readonly jobId: string | undefined;
  /** Path of the savepoint that a stop has made. */
  readonly savepoint: string | undefined;
  /** True when the job goes on without this process. */
  readonly hasLeft: boolean;
}

const NOTHING: RunEnd = { metrics: [], jobId: undefined, savepoint: undefined, hasLeft: false };

/**
 * Runs the pipeline that `build` makes, to its end. Rejects with a `BeamError` that names the stage when one fails,
 * with LOCAL_SERVICE when Flink cannot be started, and with SERVICE_UNREACHABLE when a cluster does not answer.
 */
export async function runPipeline(
  build: (root: Root) => void | Promise<void>,
  { modules, name = "pipeline", ...options }: RunPipelineOptions,
): Promise<RunEnd> {
  const pipeline = await protoOf(build);
  return runJob({ name, pipeline, worker: { modules }, onOutput: options.say ?? silent }, options);
}

async function runJob(
  job: HostJob,
  { target, stop = new AbortController().signal, cancel = new AbortController().signal, say = silent }: RunOptions,
): Promise<RunEnd> {
  // Checks come first, before anything is fetched or started.
  if (target.kind === "direct") requireRunnable(job.pipeline);
  else refuseWhatCannotRun(job.pipeline);
  await checkTarget(target);
  const opening = openHost(target, say);
  const host = await Promise.race([opening, once(cancel)]);
  if (host === undefined) {
    void opening.then((late) => late.close()).catch(() => undefined);
    return NOTHING;
  }
  try {
    if (stop.aborted) return NOTHING;
    const run = await host.run(job);
    const onDrain = (): void => say(STOP_WORDS[run.onStop]);
    await runToEnd(run, { signals: { drain: stop, cancel }, failure: run.failure, onDrain });
    const { jobId } = run;
    const savepoint = run.savepoint?.();
    return { metrics: await run.metrics(), jobId, savepoint, hasLeft: run.hasLeft?.() ?? false };
  } finally {
    await host.close();
  }
}

function silent(): void {
  return undefined;
}
