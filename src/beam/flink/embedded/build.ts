/** Builds the programs in src/beam/java out of Maven artifacts, once: the job server, and the jar for clusters. */
import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../process/cache-directory";
import { archiveClasses } from "../../process/class-archive";
import { buildOnce, type JavaBuild } from "../../process/java-build";
import { maven, type MavenArtifacts } from "../../process/maven";
import { NOTICES_FILE } from "../third-party";
import { RUNTIME } from "./java";
import { jarNotices } from "./notices";
import { startServer } from "./server";

const POM = path.join(RUNTIME, "pom.xml");
const MAIN = path.join(RUNTIME, "src/main");

export const FLINK_ARTIFACTS: MavenArtifacts = { pom: POM };

/** Our own classes: an archive of classes takes jars alone. */
const SERVER_JAR = "server.jar";

const COMMON = {
  artifacts: FLINK_ARTIFACTS,
  sources: [
    ...readdirSync(MAIN, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort(),
  ],
  cacheDirectory: path.join(cacheDirectory(), "flink"),
} as const;

const SERVER: JavaBuild = {
  ...COMMON,
  title: "The embedded Flink",
  announcement: "Fetching Flink and Beam's Flink runner from Maven (about 200 MB, only the first time)…",
  steps: (target) => [
    { command: "javac", parameters: ["-version"] },
    maven(POM, "compile", `-Dcollect=${target}`),
    {
      command: "jar",
      parameters: ["--create", "--file", path.join(target, SERVER_JAR), "-C", path.join(target, "classes"), "."],
    },
  ],
  finish: (directory) =>
    archiveClasses(directory, async ({ dataDirectory, ...program }) => {
      const server = await startServer({ classPath: classPathIn(directory), ...program }, { dataDirectory });
      await server.stop();
    }),
};

const JOB_JAR: JavaBuild = {
  ...COMMON,
  name: "job-jar",
  title: "The jar for Flink clusters",
  announcement: "Building the jar for Flink clusters with Maven (only the first time)…",
  sources: [...COMMON.sources, path.join(__dirname, `notices${path.extname(__filename)}`)],
  async prepare(target, artifacts) {
    const folder = path.join(target, "classes/META-INF");
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, NOTICES_FILE), await jarNotices(artifacts));
  },
  steps: (target) => [
    { command: "javac", parameters: ["-version"] },
    maven(POM, "package", "-Dmdep.skip", `-Dcollect=${target}`),
  ],
};

/**
 * Returns the class path of the job server, our own classes first. `log` gets a line when there is work to do. Rejects
 * with LOCAL_SERVICE, which names what is missing and how to get it.
 */
export async function flinkClassPath(log: (line: string) => void): Promise<readonly [own: string, others: string]> {
  return classPathIn(await buildOnce(SERVER, log));
}

function classPathIn(directory: string): readonly [own: string, others: string] {
  return [path.join(directory, SERVER_JAR), path.join(directory, "lib", "*")];
}

/**
 * Returns the jar of Beam's Flink runner and our own classes, without Flink and without a pipeline. The same sources
 * give the same bytes. `log` gets a line when there is work to do. Rejects with LOCAL_SERVICE, which names what is
 * missing.
 */
export async function flinkRunnerJar(log: (line: string) => void): Promise<string> {
  return path.join(await buildOnce(JOB_JAR, log), "job.jar");
}
