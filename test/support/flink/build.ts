/**
 * Flink's own classes for a cluster of real processes, collected from Maven once, and the launcher of those processes.
 */
import path from "node:path";
import { buildOnce } from "../../../src/beam/process/java-build";
import { maven, type MavenArtifacts } from "../../../src/beam/process/maven";

const POM = path.join(__dirname, "pom.xml");
const LAUNCHER = path.join(__dirname, "FlinkProcess.java");
const CACHE = path.resolve(__dirname, "../../../.local/test-flink");

export const TEST_FLINK_ARTIFACTS: MavenArtifacts = { pom: POM };

const TITLE = "The Flink cluster of the tests";
const announce = (line: string): void => console.log(line);

/** The files of a Flink distribution's `lib` folder. */
export async function flinkFromMaven(): Promise<readonly string[]> {
  const directory = await buildOnce(
    {
      title: TITLE,
      announcement: "Fetching Flink for tests from Maven…",
      artifacts: TEST_FLINK_ARTIFACTS,
      sources: [],
      cacheDirectory: path.join(CACHE, "lib"),
      steps: (target) => [maven(POM, "package", `-Dcollect=${target}`)],
    },
    announce,
  );
  return [path.join(directory, "lib", "*")];
}

/** The folder of the launcher's class. */
export async function flinkLauncher(): Promise<string> {
  return buildOnce(
    {
      title: TITLE,
      announcement: "Compiling the launcher of test clusters…",
      sources: [LAUNCHER],
      cacheDirectory: path.join(CACHE, "launcher"),
      steps: (target) => [{ command: "javac", parameters: ["--release", "11", "-d", target, LAUNCHER] }],
    },
    announce,
  );
}
