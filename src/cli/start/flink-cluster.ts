/** The job on a Flink cluster that runs already, submitted to its REST service and followed there. */
import path from "node:path";
import { runOnCluster } from "../../../runners/flink";
import { bundleForJar } from "../../beam/flink/bundle-worker";
import type { ClusterRun } from "../../beam/flink/cluster-run";
import { FlinkRest } from "../../beam/flink/flink-rest";
import { flinkRunnerJar } from "../../beam/flink/embedded/build";
import type { FlinkSettings, JobOptions } from "../../options";
import { withLiveMetrics } from "../../beam/flink/live-metrics";
import { watchFlink } from "../../beam/flink/watch";
import type { JobRun, JobRunner, Stop } from "./runner";
import { withSavepointStop } from "../../beam/flink/savepoint-stop";

const WORKER = path.resolve(__dirname, "../../worker.ts");
/** A JobManager that is replaced needs this long at most. */
const AWAY_LIMIT_MS = 60_000;

/** Looks for the cluster before anything starts. Rejects with SERVICE_UNREACHABLE when nothing answers there. */
export async function checkCluster({ flink }: JobOptions): Promise<void> {
  if (flink?.master !== undefined) await new FlinkRest(flink.master, { patienceMs: 5_000 }).overview();
}

export async function openFlinkCluster(
  options: JobOptions,
  flink: FlinkSettings & { readonly master: string },
  say: (line: string) => void,
): Promise<JobRunner> {
  const rest = new FlinkRest(flink.master, { patienceMs: AWAY_LIMIT_MS });
  const overview = await rest.overview();
  const slots = overview["slots-total"];
  say(`  Flink       ${flink.master}  version ${overview["flink-version"]}, ${overview["slots-available"]} slots free`);
  if (overview["slots-available"] < flink.parallelism) {
    say(`The job needs ${flink.parallelism} slots: it waits until the cluster, which has ${slots}, has so many free.`);
  }
  const stopped = new AbortController();
  const failed = new AbortController();
  const failure = new Promise<never>((_, reject) =>
    failed.signal.addEventListener("abort", () => reject(failed.signal.reason as Error)),
  );
  failure.catch(() => undefined);
  const onStop = stopOf(options);
  return {
    onStop,
    failure,
    stop: async () => stopped.abort(),
    async run(settings) {
      say("Submitting the job …");
      const run = await runOnCluster(settings, {
        ...flink,
        rest,
        runnerJar: await flinkRunnerJar(say),
        worker: {
          command: [flink.clusterNode, "{folder}/worker.js"],
          files: await bundleForJar({ "worker.js": { entry: WORKER } }),
        },
        workerEnvironment: { CHAT_SESSIONS_LOG_LEVEL: options.logLevel },
      });
      say(`  Job         ${run.jobId}  ${flink.master}/#/job/running/${run.jobId}`);
      const watched = watchFlink(flink.master, { say, ended: stopped.signal, job: run.jobId });
      watched.catch((error: unknown) => failed.abort(error));
      const live = withLiveMetrics(run, flink.master, run.jobId);
      if (onStop !== "savepoint" || flink.detach) return detachable(run, live, onStop === "detach", flink.detach);
      const own = {
        jobs: async () => (await rest.jobs()).filter(({ jid }) => jid === run.jobId),
        stopWithSavepoint: rest.stopWithSavepoint.bind(rest),
      };
      return withSavepointStop({ ...live, job: run.jobId }, { rest: own, directory: flink.savepointDirectory, say });
    },
  };
}

/** A job whose services are real lives on without this command; one whose services end with it must not. */
function stopOf({ embedded, bounded }: JobOptions): Stop {
  if (!Object.values(embedded).includes(true)) return "detach";
  return bounded ? "cancel" : "savepoint";
}

/** The run as far as this command takes part in it: to its end, or until it is left to itself. */
function detachable(run: ClusterRun, live: JobRun, leavesOnStop: boolean, leavesAtOnce: boolean): JobRun {
  let leave: () => void = () => undefined;
  let hasLeft = false;
  const left = new Promise<void>((resolve) => {
    leave = () => {
      hasLeft = true;
      resolve();
    };
  });
  if (leavesAtOnce) run.started().then(leave, () => undefined);
  return {
    ...live,
    job: run.jobId,
    finished: Promise.race([run.finished, left]),
    hasLeft: () => hasLeft,
    drain: async () => (leavesOnStop ? leave() : live.drain()),
    cancel: async () => (hasLeft ? undefined : live.cancel()),
  };
}
