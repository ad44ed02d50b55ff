/** The job on a Flink of its own on this machine, in a folder of its own. */
import path from "node:path";
import { runFlink } from "../../../runners/flink";
import { bundleWorker } from "../../beam/flink/bundle-worker";
import { onlyJobConfiguration } from "../../beam/flink/flink-configuration";
import { FlinkRest } from "../../beam/flink/flink-rest";
import { JobError } from "../../chat/errors";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../beam/flink/embedded/launch";
import { makeFlinkRunFolder } from "../../beam/flink/embedded/runs";
import type { FlinkSettings, JobOptions } from "../../options";
import { withLiveMetrics } from "../../beam/flink/live-metrics";
import { watchFlink } from "../../beam/flink/watch";
import { makePrivateFolder } from "../../beam/process/private";
import type { JobRunner } from "./runner";
import { withSavepointStop } from "../../beam/flink/savepoint-stop";

/** Flink's own habit. */
const WEB_PORT = 8081;
const FOREVER = new Promise<never>(() => undefined);
const WORKER = path.resolve(__dirname, "../../worker.ts");

export async function startEmbeddedFlink(
  options: JobOptions,
  flink: FlinkSettings,
  say: (line: string) => void,
): Promise<JobRunner> {
  const savepoints = flink.savepointDirectory ?? path.join(options.local.dataDirectory, "savepoints");
  await makePrivateFolder(options.local.dataDirectory);
  const folder = await makeFlinkRunFolder(options.local.dataDirectory);
  let server: RunningFlinkJobServer | undefined;
  const stopped = new AbortController();
  const stop = async (): Promise<void> => {
    stopped.abort();
    await server?.stop();
    await folder.remove();
  };
  try {
    const workers = path.join(options.local.dataDirectory, "workers");
    const workerCommand = await bundleWorker({ entry: WORKER, directory: workers });
    server = await startFlinkJobServer(
      {
        dataDirectory: folder.path,
        webPort: WEB_PORT,
        slots: flink.parallelism,
        workerVariables: options.workerVariables,
        flinkSettings: onlyJobConfiguration({ ...flink, savepointDirectory: savepoints }),
      },
      say,
    );
    say(`  Flink       ${server.webUrl}`);
    const { jobService, webUrl, restToken: token, ended } = server;
    const died = ended.then(({ wanted }): Promise<never> => {
      if (wanted) return FOREVER;
      throw new JobError("LOCAL_SERVICE", "The embedded Flink ended by itself: start again.");
    });
    const failure = Promise.race([died, watchFlink(webUrl, { say, ended: stopped.signal }).then(() => FOREVER)]);
    failure.catch(() => undefined);
    return {
      // A bounded job has no checkpoints, and can have no savepoint, from when its Impulse has ended.
      onStop: options.bounded ? "cancel" : "savepoint",
      failure,
      stop,
      run: async (settings) => {
        const run = await runFlink(settings, {
          ...flink,
          jobService,
          workerCommand,
          workerEnvironment: {
            BEAM_WORKER_LOG: path.join(folder.path, "workers.log"),
            CHAT_SESSIONS_LOG_LEVEL: options.logLevel,
          },
        });
        const live = withLiveMetrics(run, webUrl);
        if (options.bounded) return live;
        return withSavepointStop(live, { rest: new FlinkRest(webUrl, { token }), directory: savepoints, say });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
