/** Runs a job on a Flink of its own on this machine, in a folder of its own. */
import { availableParallelism } from "node:os";
import path from "node:path";
import { BeamError } from "../error";
import { bundleWorker } from "../flink/bundle-worker";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../flink/embedded/launch";
import { endWithSources } from "../flink/end-of-sources";
import { makeFlinkRunFolder } from "../flink/embedded/runs";
import { onlyJobConfiguration } from "../flink/flink-configuration";
import { flinkPipelineOptions } from "../flink/flink-options";
import { FlinkRest } from "../flink/flink-rest";
import { withLiveMetrics } from "../flink/live-metrics";
import { isBounded } from "../flink/refuse";
import { PortableRunner } from "../flink/runner";
import { withSavepointStop } from "../flink/savepoint-stop";
import { watchFlink } from "../flink/watch";
import { followFile } from "../process/follow-file";
import { makePrivateFolder } from "../process/private";
import { defaultWorkers, FLINK_DEFAULTS, type OwnFlinkTarget } from "../target";
import { failureOf, type Host, NEVER, type Say } from "./host";
import { withLastWords } from "./last-words";

/** Flink's default port. */
const WEB_PORT = 8081;
/** Its figures are half a second old at most. */
const STEADY_MS = 3_000;

/** Starts Flink. Missing parts are fetched and built first, with messages to `say`. Rejects with LOCAL_SERVICE. */
export async function openOwnFlink(target: OwnFlinkTarget, say: Say): Promise<Host> {
  const { dataDirectory, workerVariables = ["*"] } = target;
  const { savepointDirectory = path.resolve(dataDirectory, "savepoints") } = target;
  const { workers = defaultWorkers(availableParallelism()) } = target;
  const tuning = { ...FLINK_DEFAULTS, ...target, workers };
  await makePrivateFolder(dataDirectory);
  const folder = await makeFlinkRunFolder(dataDirectory);
  let server: RunningFlinkJobServer | undefined;
  const closed = new AbortController();
  /** Aborted when the server and its workers have ended, and so print nothing more. */
  const stopped = new AbortController();
  let printed = Promise.resolve();
  const close = async (): Promise<void> => {
    closed.abort();
    await server?.stop();
    stopped.abort();
    await printed;
    await folder.remove();
  };
  try {
    server = await startFlinkJobServer(
      {
        dataDirectory: folder.path,
        webPort: WEB_PORT,
        slots: tuning.parallelism,
        workerVariables,
        flinkSettings: onlyJobConfiguration({ ...target, savepointDirectory }),
      },
      say,
    );
  } catch (error) {
    await close();
    throw error;
  }
  const { jobService, webUrl, restToken: token, ended } = server;
  say(`  Flink       ${webUrl}`);
  const died = failureOf(
    ended.then(({ wanted }) => {
      if (wanted) return NEVER;
      throw new BeamError("LOCAL_SERVICE", "The embedded Flink ended by itself: start again.");
    }),
  );
  return {
    close,
    async run({ name, pipeline, worker, workerEnvironment, onOutput }) {
      const workerLog = path.join(folder.path, "workers.log");
      if (onOutput !== undefined) printed = followFile(workerLog, onOutput, stopped.signal);
      const bounded = isBounded(pipeline);
      const runner = new PortableRunner({
        jobService,
        jobName: name,
        workerCommand: await bundleWorker({ ...worker, directory: path.join(dataDirectory, "workers") }),
        workerEnvironment: { BEAM_WORKER_LOG: workerLog, ...workerEnvironment },
        pipelineOptions: flinkPipelineOptions({ ...tuning, isBounded: bounded }),
      });
      const run = await Promise.race([died, runner.run(pipeline)]);
      const job = { ...run, finished: withLastWords(run.finished, workerLog) };
      const watched = withLastWords(watchFlink(webUrl, { say, ended: closed.signal }), workerLog);
      const failure = failureOf(Promise.race([died, watched.then(() => NEVER)]));
      const live = { ...withLiveMetrics(job, { webUrl, pipeline }), failure };
      // A bounded job takes no checkpoints, and so no savepoint, once its Impulse has ended.
      if (bounded) return { ...live, onStop: "cancel" };
      const rest = new FlinkRest(webUrl, { token });
      void endWithSources({
        ...{ rest, directory: path.resolve(folder.path, "end"), steadyMs: STEADY_MS, ended: closed.signal },
        cancel: () => run.cancel(),
      });
      return { ...withSavepointStop(live, { rest, directory: savepointDirectory, say }), onStop: "savepoint" };
    },
  };
}
