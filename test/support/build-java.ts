/** Builds all Java parts one after the other, so that tests which run side by side find them built. */
import { flinkClassPath, flinkRunnerJar } from "../../src/beam/flink/embedded/build";
import { buildSecuredOpenSearch } from "./secured-opensearch/build";
import { flinkFromMaven, flinkLauncher } from "./flink/build";

const log = (line: string): void => console.log(`  ${line}`);

async function buildAll(): Promise<void> {
  await buildSecuredOpenSearch(log);
  await flinkClassPath(log);
  await flinkRunnerJar(log);
  await flinkFromMaven();
  await flinkLauncher();
}

void buildAll().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
