/** The tests of src/beam/java that are written in Java. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { FLINK_ARTIFACTS } from "../../../src/beam/flink/embedded/build";
import { buildOnce } from "../../../src/beam/process/java-build";
import { maven } from "../../../src/beam/process/maven";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const { pom } = FLINK_ARTIFACTS;

describe("The Java that goes with Flink", function () {
  this.timeout(300_000);

  it("keeps its rules in all tests written in Java", async () => {
    const folder = makeFolder("java-tests");
    try {
      const built = await buildOnce(
        {
          title: "The Java tests",
          announcement: "",
          artifacts: { ...FLINK_ARTIFACTS, parameters: ["-Ptests"] },
          sources: [],
          cacheDirectory: folder,
          steps: (target) => [maven(pom, "test", "-Ptests", "-Dmdep.skip", `-Dcollect=${target}`)],
        },
        () => undefined,
      );
      const reports = path.join(built, "target/surefire-reports");
      const texts = (await readdir(reports)).filter((name) => name.endsWith(".txt"));
      const run: Record<string, number> = {};
      for (const text of texts) {
        const said = await readFile(path.join(reports, text), "utf8");
        const [, count = ""] =
          /^Tests run: (\d+), Failures: 0, Errors: 0, Skipped: 0,/m.exec(said) ?? assert.fail(said);
        run[text.split(".").at(-2) ?? ""] = Number(count);
      }
      assert.deepEqual(Object.keys(run).sort(), [
        "BoundedBundlesTest",
        "DefaultExecutableStageContextTest",
        "EarlyInputsTest",
        "EarlyMetricsTest",
        "EarlyOutputsTest",
        "MetricDifferencesTest",
        "SessionGroupsTest",
      ]);
      for (const [name, least] of Object.entries({
        BoundedBundlesTest: 6,
        EarlyInputsTest: 6,
        EarlyMetricsTest: 7,
        EarlyOutputsTest: 7,
        MetricDifferencesTest: 8,
        SessionGroupsTest: 13,
      })) {
        assert.ok(run[name]! >= least, `${name}: ${run[name]} tests`);
      }
    } finally {
      await removeFolder(folder);
    }
  });
});
