/** Starts Beam's job server with a Flink in the same process, which is built before where that is missing. */
import path from "node:path";
import { archivedClasses } from "../../process/class-archive";
import { flinkClassPath } from "./build";
import { type FlinkServerOptions, type RunningFlinkJobServer, startServer } from "./server";

export type { RunningFlinkJobServer } from "./server";

export interface FlinkJobServerOptions extends FlinkServerOptions {
  /** Replaces the class path of `flinkClassPath`. */
  readonly classPath?: readonly string[];
}

/** Builds what is missing and starts the server. `log` gets a line when that takes long. Rejects with LOCAL_SERVICE. */
export async function startFlinkJobServer(
  { classPath, ...options }: FlinkJobServerOptions,
  log: (line: string) => void = () => undefined,
): Promise<RunningFlinkJobServer> {
  const built = await flinkClassPath(log);
  const javaOptions = archivedClasses(path.dirname(built[0]));
  return startServer({ classPath: classPath ?? built, javaOptions }, options);
}
