/** Runs pipelines on an existing Flink cluster: submits the job to its REST service and follows it there. */
import { bundleForJar } from "../flink/bundle-worker";
import { ClusterRunner } from "../flink/cluster-runner";
import { endWithSources } from "../flink/end-of-sources";
import { flinkRunnerJar } from "../flink/embedded/build";
import { flinkConfiguration } from "../flink/flink-configuration";
import { flinkPipelineOptions } from "../flink/flink-options";
import { FlinkRest } from "../flink/flink-rest";
import { withLiveMetrics } from "../flink/live-metrics";
import { isBounded } from "../flink/refuse";
import { withSavepointStop } from "../flink/savepoint-stop";
import { watchFlink } from "../flink/watch";
import { CLUSTER_DEFAULTS, defaultWorkers, FLINK_DEFAULTS, type FlinkClusterTarget } from "../target";
import { failureOf, type Host, NEVER, type Say } from "./host";
import { leavable } from "./leave";

/** Time that replacing a JobManager takes at most. */
const AWAY_LIMIT_MS = 60_000;
/** Short, so that a mistyped address is reported soon. */
const FIRST_LOOK_MS = 5_000;
/** Flink's figures are ten seconds old at most, unless a cluster's settings say more. */
const STEADY_MS = 15_000;

/** Checks that the cluster answers. Rejects with SERVICE_UNREACHABLE otherwise. */
export async function checkCluster({ url }: FlinkClusterTarget): Promise<void> {
  await new FlinkRest(url, { patienceMs: FIRST_LOOK_MS }).overview();
}

export async function openFlinkCluster(target: FlinkClusterTarget, say: Say): Promise<Host> {
  const { url, leave, checkpointDirectory, stateBackend, savepointDirectory, restore } = target;
  const { node, retainCheckpoints } = { ...CLUSTER_DEFAULTS, ...target };
  const rest = new FlinkRest(url, { patienceMs: AWAY_LIMIT_MS });
  const overview = await rest.overview();
  const { workers = defaultWorkers(await rest.fewestProcessors()) } = target;
  const tuning = { ...FLINK_DEFAULTS, ...target, workers };
  const { "slots-total": slots, "slots-available": free, "flink-version": version } = overview;
  say(`  Flink       ${url}  version ${version}, ${free} slots free`);
  if (free < tuning.parallelism) {
    say(`The job needs ${tuning.parallelism} slots: it waits until the cluster, which has ${slots}, has so many free.`);
  }
  const closed = new AbortController();
  return {
    close: async () => closed.abort(),
    async run({ name, pipeline, worker, workerEnvironment = {} }) {
      say("Submitting the job …");
      const bounded = isBounded(pipeline);
      const run = await new ClusterRunner({
        rest,
        runnerJar: await flinkRunnerJar(say),
        worker: { command: [node, "{folder}/worker.js"], files: await bundleForJar({ "worker.js": worker }) },
        workerEnvironment,
        jobName: name,
        pipelineOptions: flinkPipelineOptions({ ...tuning, isBounded: bounded }),
        flinkConfiguration: flinkConfiguration({
          ...{ isBounded: bounded, stateBackend, checkpointDirectory, savepointDirectory, retainCheckpoints },
        }),
        restore,
      }).run(pipeline);
      const { jobId } = run;
      say(`  Job         ${jobId}  ${url}/#/job/running/${jobId}`);
      const failure = failureOf(watchFlink(url, { say, ended: closed.signal, job: jobId }).then(() => NEVER));
      const live = { ...withLiveMetrics(run, { webUrl: url, pipeline, id: jobId }), jobId, failure };
      if (!bounded) {
        void endWithSources({
          ...{ rest, job: jobId, directory: savepointDirectory, steadyMs: STEADY_MS, ended: closed.signal },
          cancel: () => run.cancel(),
        });
      }
      if (leave !== "never") return leavable(live, leave === "once-it-runs" ? run.started() : NEVER);
      if (bounded) return { ...live, onStop: "cancel" };
      const own = {
        jobs: async () => (await rest.jobs()).filter(({ jid }) => jid === jobId),
        stopWithSavepoint: rest.stopWithSavepoint.bind(rest),
      };
      return { ...withSavepointStop(live, { rest: own, directory: savepointDirectory, say }), onStop: "savepoint" };
    },
  };
}
