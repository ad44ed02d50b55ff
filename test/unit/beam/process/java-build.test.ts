import assert from "node:assert/strict";
import { mkdirSync, readdirSync, utimesSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { buildOnce } from "../../../../src/beam/process/java-build";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";
import { until } from "../../../support/until";

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

  it("take nothing from a killed build, whatever its process's id, and sweep it a day later", async () => {
    const ages = { [`unfinished-server-${process.pid}`]: 1, "unfinished-server-old": 25, "unfinished-other-old": 25 };
    for (const [name, hours] of Object.entries(ages)) {
      const folder = path.join(directory, "cache", name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, "old.jar"), "");
      const usedAt = new Date(Date.now() - hours * 3_600_000);
      utimesSync(folder, usedAt, usedAt);
    }
    const built = await build("1");
    assert.deepEqual(cached(), [built, `unfinished-server-${process.pid}`, "unfinished-other-old"].toSorted());
    assert.deepEqual(readdirSync(path.join(directory, "cache", built)), []);
  });

  it("leave their places whole when they are removed", async () => {
    for (const content of ["1", "2", "3"]) await build(content);
    const oldest = cached().find((name) => name.startsWith("server-")) ?? "";
    const place = path.join(directory, "cache", oldest);
    utimesSync(place, 0, 0);
    const changed: (string | null)[] = [];
    const watcher = watch(path.join(directory, "cache"), (_, name) => changed.push(name));
    try {
      await build("4");
      const goesOnElsewhere = (): boolean =>
        changed.includes(oldest) &&
        changed.slice(changed.indexOf(oldest)).some((name) => name?.startsWith("unfinished-"));
      await until("it is removed outside its place", goesOnElsewhere, 5_000);
    } finally {
      watcher.close();
    }
    assert.ok(!cached().includes(oldest));
  });
});
