import assert from "node:assert/strict";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildOnce } from "../../../../src/beam/process/java-build";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

describe("Builds of Java programs", function () {
  this.timeout(60_000);
  let directory = "";

  beforeEach(() => {
    directory = makeFolder("java-build");
  });
  afterEach(() => removeFolder(directory));

  const cached = (): readonly string[] => readdirSync(path.join(directory, "cache")).toSorted();
  /** Builds from a source of this content; resolves with the build's name. */
  const build = async (content: string, name?: string): Promise<string> => {
    const source = path.join(directory, "source");
    writeFileSync(source, content);
    const built = await buildOnce(
      {
        title: "A program",
        announcement: "building",
        ...(name === undefined ? {} : { name }),
        sources: [source],
        cacheDirectory: path.join(directory, "cache"),
        steps: () => [{ command: "javac", parameters: ["-version"] }],
      },
      () => undefined,
    );
    return path.basename(built);
  };

  it("of which three stay, those used last, and those of other names", async () => {
    const other = await build("0", "other");
    const first = await build("1");
    const second = await build("2");
    const third = await build("3");
    for (const [age, name] of [third, second, first].entries()) {
      const usedAt = new Date(Date.now() - (age + 1) * 60_000);
      utimesSync(path.join(directory, "cache", name), usedAt, usedAt);
    }
    // The oldest of the three, which this use makes the newest.
    assert.equal(await build("1"), first);
    const fourth = await build("4");
    assert.deepEqual(cached(), [other, first, third, fourth].toSorted());
  });
});
