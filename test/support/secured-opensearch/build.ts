/** The embedded OpenSearch's jars and those of a domain's plugins, and a launcher of all. */
import path from "node:path";
import { buildOnce } from "../../../src/beam/process/java-build";
import { maven, type MavenArtifacts } from "../../../src/beam/process/maven";
import { buildOpenSearch, openSearchBuildDirectory } from "../../../src/local/opensearch/build";

const POM = path.join(__dirname, "pom.xml");
const LAUNCHER = path.join(__dirname, "SecuredOpenSearch.java");

export const SECURED_OPENSEARCH_ARTIFACTS: MavenArtifacts = { pom: POM };

export interface SecuredBuild {
  readonly classPath: string;
  /** The security plugin's own configuration. */
  readonly config: string;
}

function pluginsIn(directory: string): readonly string[] {
  return ["security", "icu"].map((folder) => path.join(directory, folder, "*"));
}

export async function buildSecuredOpenSearch(log: (line: string) => void): Promise<SecuredBuild> {
  await buildOpenSearch(log);
  const plain = await openSearchBuildDirectory();
  const jars = [path.join(plain, "lib", "*"), path.join(plain, "knn", "*")];
  const directory = await buildOnce(
    {
      title: "The secured OpenSearch of the tests",
      announcement: "Fetching OpenSearch's plugins for tests from Maven (63 MB)…",
      artifacts: SECURED_OPENSEARCH_ARTIFACTS,
      sources: [LAUNCHER],
      cacheDirectory: path.resolve(__dirname, "../../../.local/test-secured-opensearch"),
      steps: (target) => [
        maven(POM, "package", `-Dcollect=${target}`),
        {
          command: "javac",
          parameters: [
            ...["--release", "17", "-cp", [...jars, ...pluginsIn(target)].join(":")],
            ...["-d", path.join(target, "classes"), LAUNCHER],
          ],
        },
      ],
    },
    log,
  );
  const own = [path.join(directory, "classes"), ...pluginsIn(directory)];
  return { classPath: [...own, ...jars].join(":"), config: path.join(directory, "security/config") };
}
