/** The embedded OpenSearch's jars and the security plugin's, and a launcher of both. */
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

export async function buildSecuredOpenSearch(log: (line: string) => void): Promise<SecuredBuild> {
  await buildOpenSearch(log);
  const plain = await openSearchBuildDirectory();
  const jars = [path.join(plain, "lib", "*"), path.join(plain, "knn", "*")];
  const directory = await buildOnce(
    {
      title: "The secured OpenSearch of the tests",
      announcement: "Fetching OpenSearch's security plugin for tests from Maven (49 MB)…",
      artifacts: SECURED_OPENSEARCH_ARTIFACTS,
      sources: [LAUNCHER],
      cacheDirectory: path.resolve(__dirname, "../../../.local/test-secured-opensearch"),
      steps: (target) => [
        maven(POM, "package", `-Dcollect=${target}`),
        {
          command: "javac",
          parameters: [
            ...["--release", "17", "-cp", [...jars, path.join(target, "security", "*")].join(":")],
            ...["-d", path.join(target, "classes"), LAUNCHER],
          ],
        },
      ],
    },
    log,
  );
  const own = [path.join(directory, "classes"), path.join(directory, "security", "*")];
  return { classPath: [...own, ...jars].join(":"), config: path.join(directory, "security/config") };
}
