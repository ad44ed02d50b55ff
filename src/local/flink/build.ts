/** Collects Beam's Flink job server with an embedded Flink, and compiles what stands before it on the class path, once. */
import path from "node:path";
import { buildOnce, type JavaBuild } from "../java-build";

const RUNTIME = path.resolve(__dirname, "../../../runners/flink-runtime");
const POM = path.join(RUNTIME, "pom.xml");
const JAVA = path.join(RUNTIME, "src/main/java");
export const LOG_SETTINGS = path.join(RUNTIME, "log4j2.properties");

const BUILD: JavaBuild = {
  title: "The embedded Flink",
  announcement: "Fetching Flink and Beam's Flink runner from Maven (about 160 MB, only the first time)…",
  sources: [
    POM,
    path.join(JAVA, "FlinkLocal.java"),
    path.join(JAVA, "ClusterEnvironment.java"),
    path.join(JAVA, "org/apache/beam/runners/fnexecution/control/BundleCheckpointHandlers.java"),
  ],
  cacheDirectory: path.resolve(__dirname, "../../../.local/flink"),
  steps: (target) => [
    { command: "javac", parameters: ["-version"] },
    { command: "mvn", parameters: ["-B", "-q", "-ntp", "-f", POM, "compile", `-Dcollect=${target}`] },
  ],
};

/**
 * The class path of the job server, own classes first. `log` gets a line when there is work to do. Rejects with
 * LOCAL_SERVICE, naming what is missing and how to get it.
 */
export async function flinkClassPath(log: (line: string) => void): Promise<readonly string[]> {
  const directory = await buildOnce(BUILD, log);
  return [path.join(directory, "classes"), path.join(directory, "lib", "*")];
}
