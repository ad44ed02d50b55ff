/**
 * The job on a Flink of its own on this machine.
 *
 * 1. Each run has a folder of its own, named after its process: runs beside one another share nothing.
 * 2. A run that ends takes its folder away; folders of killed runs go with the next start.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { runFlink } from "../../runners/flink";
import { bundleWorker } from "../beam/portable/bundle-worker";
import { JobError } from "../errors";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../local/flink/launch";
import type { FlinkSettings, JobOptions } from "../options";
import { watchFailures } from "./flink-failures";
import { withLiveMetrics } from "./flink-metrics";
import type { JobRunner } from "./runner";

/** Flink's own habit. */
const WEB_PORT = 8081;
const FOREVER = new Promise<never>(() => undefined);
const WORKER = path.resolve(__dirname, "../worker.ts");

export async function startEmbeddedFlink(
  options: JobOptions,
  flink: FlinkSettings,
  say: (line: string) => void,
): Promise<JobRunner> {
  const runs = path.join(options.local.dataDirectory, "flink-runs");
  const folder = path.join(runs, String(process.pid));
  await removeLeftovers(runs);
  await mkdir(folder, { recursive: true });
  let server: RunningFlinkJobServer | undefined;
  const stopped = new AbortController();
  const stop = async (): Promise<void> => {
    stopped.abort();
    await server?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const workers = path.join(options.local.dataDirectory, "workers");
    const workerCommand = await bundleWorker({ entry: WORKER, directory: workers });
    server = await startFlinkJobServer({ dataDirectory: folder, webPort: WEB_PORT, slots: flink.parallelism }, say);
    say(`  Flink       ${server.webUrl}`);
    const { jobEndpoint, webUrl, ended } = server;
    const died = ended.then(({ wanted }): Promise<never> => {
      if (wanted) return FOREVER;
      throw new JobError("LOCAL_SERVICE", "The embedded Flink ended by itself: start again.");
    });
    const failure = Promise.race([died, watchFailures(webUrl, say, stopped.signal).then(() => FOREVER)]);
    failure.catch(() => undefined);
    return {
      canDrain: false,
      failure,
      stop,
      run: async (settings) => {
        const run = await runFlink(settings, {
          ...flink,
          jobEndpoint,
          workerCommand,
          workerEnvironment: {
            BEAM_WORKER_LOG: path.join(folder, "workers.log"),
            CHAT_SESSIONS_LOG_LEVEL: options.logLevel,
          },
        });
        return withLiveMetrics(run, webUrl);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function removeLeftovers(runs: string): Promise<void> {
  const names = await readdir(runs).catch(() => []);
  const dead = names.filter((name) => /^\d+$/.test(name) && !isAlive(Number(name)));
  await Promise.all(dead.map((name) => rm(path.join(runs, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
