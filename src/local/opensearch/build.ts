/** Fetches OpenSearch's jars with Maven and compiles the launcher, once: `lib`, `knn` and `classes`. */
import path from "node:path";
import { buildDirectory, buildOnce, type JavaBuild, maven, type MavenArtifacts } from "../../beam/process";

const POM = path.join(__dirname, "pom.xml");
const PROGRAM = ["OpenSearchLocal.java", "OriginGuard.java"].map((name) => path.join(__dirname, name));

export const OPENSEARCH_ARTIFACTS: MavenArtifacts = { pom: POM };

const BUILD: JavaBuild = {
  title: "The embedded OpenSearch",
  announcement: "Fetching OpenSearch from Maven (about 55 MB, only the first time)…",
  artifacts: OPENSEARCH_ARTIFACTS,
  sources: PROGRAM,
  cacheDirectory: path.resolve(__dirname, "../../../.local/opensearch"),
  steps(target) {
    const classPath = [path.join(target, "lib", "*"), path.join(target, "knn", "*")].join(":");
    return [
      maven(POM, "package", `-Dcollect=${target}`),
      {
        command: "javac",
        parameters: ["--release", "17", "-cp", classPath, "-d", path.join(target, "classes"), ...PROGRAM],
      },
    ];
  },
};

/** Folder of the build of the present sources, which may not exist yet. */
export function openSearchBuildDirectory(): Promise<string> {
  return buildDirectory(BUILD);
}

/** Returns at once when the build exists. `log` gets a line when there is work to do. Rejects with LOCAL_SERVICE. */
export async function buildOpenSearch(log: (line: string) => void): Promise<void> {
  await buildOnce(BUILD, log);
}
