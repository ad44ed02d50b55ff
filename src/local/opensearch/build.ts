/**
 * Fetches OpenSearch's jars with Maven and compiles the launcher, once: `lib`, `knn`, and `server.jar` with an archive
 * of the classes of a start.
 */
import path from "node:path";
import {
  archiveClasses,
  buildDirectory,
  buildOnce,
  type JavaBuild,
  maven,
  type MavenArtifacts,
} from "../../beam/process";
import { health, startBuilt } from "./program";

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
      {
        command: "jar",
        parameters: ["--create", "--file", path.join(target, "server.jar"), "-C", path.join(target, "classes"), "."],
      },
    ];
  },
  finish: (directory) =>
    archiveClasses(directory, async ({ javaOptions, dataDirectory, stopTimeoutMs }) => {
      const server = await startBuilt(directory, javaOptions, { dataDirectory }, stopTimeoutMs);
      await health(server.port)
        .then(() => useOnce(`http://127.0.0.1:${server.port}/any`))
        .finally(() => server.stop());
    }),
};

/** Folder of the build of the present sources, which may not exist yet. */
export function openSearchBuildDirectory(): Promise<string> {
  return buildDirectory(BUILD);
}

/** Returns at once when the build exists. `log` gets a line when there is work to do. Rejects with LOCAL_SERVICE. */
export async function buildOpenSearch(log: (line: string) => void): Promise<void> {
  await buildOnce(BUILD, log);
}

/** Has a server load what it takes to make an index with vectors, to write a document, and to find it. */
async function useOnce(index: string): Promise<void> {
  const ask = (method: string, url: string, json: object): Promise<Response> =>
    fetch(url, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(json) });
  const embedding = { type: "knn_vector", dimension: 2, method: { name: "hnsw", engine: "lucene" } };
  const mappings = { properties: { text: { type: "text" }, embedding } };
  await ask("PUT", index, { settings: { "index.knn": true }, mappings });
  await ask("PUT", `${index}/_doc/1?refresh=true`, { text: "a word", embedding: [1, 2] });
  const query = { bool: { should: [{ match: { text: "word" } }, { knn: { embedding: { vector: [1, 2], k: 1 } } }] } };
  await ask("POST", `${index}/_search`, { query, aggs: { all: { value_count: { field: "_id" } } } });
}
