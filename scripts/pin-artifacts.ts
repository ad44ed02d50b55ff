/**
 * Rewrites `artifacts.sha256` beside each pom, after a version in it was changed: `npm run pin-artifacts`. Maven
 * checks its downloads against the registry's checksums; the review of the change must look at everything else that is
 * new in a list.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FLINK_ARTIFACTS } from "../src/beam/flink/jar";
import { hashListOf, type MavenArtifacts, pinArtifacts, resolveArtifacts } from "../src/beam/process";
import { OPENSEARCH_ARTIFACTS } from "../src/local/opensearch/build";
import { TEST_FLINK_ARTIFACTS } from "../test/support/flink/build";
import { SECURED_OPENSEARCH_ARTIFACTS } from "../test/support/secured-opensearch/build";

const ROOT = path.resolve(__dirname, "..");

const ALL: readonly MavenArtifacts[] = [
  { ...FLINK_ARTIFACTS, parameters: ["-Ptests"] },
  OPENSEARCH_ARTIFACTS,
  TEST_FLINK_ARTIFACTS,
  SECURED_OPENSEARCH_ARTIFACTS,
];

async function pin(artifacts: MavenArtifacts): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "artifacts-"));
  try {
    const title = path.relative(ROOT, artifacts.pom);
    const found = await resolveArtifacts(artifacts, { folder, title, logFile: path.join(folder, "log") });
    const list = hashListOf(artifacts.pom);
    await pinArtifacts(found, list);
    console.log(`${found.length} artifacts in ${path.relative(ROOT, list)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  for (const artifacts of ALL) await pin(artifacts);
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
