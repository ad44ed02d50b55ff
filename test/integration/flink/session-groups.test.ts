/** The Java tests of src/beam/java, in Flink's own harness for operators. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FLINK_ARTIFACTS } from "../../../src/beam/flink/embedded/build";
import { buildOnce } from "../../../src/beam/process/java-build";
import { maven } from "../../../src/beam/process/maven";

const { pom } = FLINK_ARTIFACTS;

describe("Sessions on Flink", function () {
  this.timeout(300_000);

  it("keep their rules in all tests written in Java", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "session-groups-"));
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
      assert.deepEqual(texts.length, 1);
      const said = await readFile(path.join(reports, texts[0] ?? ""), "utf8");
      assert.match(said, /^Tests run: (1[3-9]|[2-9]\d), Failures: 0, Errors: 0, Skipped: 0,/m);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
