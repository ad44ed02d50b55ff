/** The example of docs/your-own-pipeline.md behaves as the page says, in this process, on Flink and on a cluster. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "../../../docs/examples/mean-temperatures";
import type { Root } from "../../../src/beam";
import { runPipeline } from "../../../src/beam/host";
import { startFlinkCluster } from "../../support/flink/cluster";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

type Build = (root: Root) => void;

const DOCS = path.resolve(__dirname, "../../../docs");
const EXAMPLE = path.join(DOCS, "examples/mean-temperatures.ts");
const NOON_MS = Date.parse("2026-01-31T12:00:00Z");
const WINDOW_MS = 600_000;

const MEANS = {
  [`cellar-${NOON_MS}.json`]: { sensor: "cellar", celsius: 11.5 },
  [`cellar-${NOON_MS + WINDOW_MS}.json`]: { sensor: "cellar", celsius: 12.5 },
  [`kitchen-${NOON_MS}.json`]: { sensor: "kitchen", celsius: 22.5 },
  [`kitchen-${NOON_MS + WINDOW_MS}.json`]: { sensor: "kitchen", celsius: 23.5 },
};

describe("a pipeline of one's own", function () {
  this.timeout(300_000);
  let folder: string;

  before(async () => {
    folder = makeFolder("own-pipeline");
  });
  after(() => removeFolder(folder));

  /** The content of the folder `name` after `run` has run the example over two files. */
  const meansOn = async (name: string, run: (build: Build) => Promise<unknown>): Promise<Record<string, unknown>> => {
    const lines = (await readFile(path.join(DOCS, "examples/readings.csv"), "utf8")).trimEnd().split("\n");
    const halves = { first: lines.slice(0, 3), second: lines.slice(3) };
    const files = Object.keys(halves).map((half) => path.join(folder, `${half}.csv`));
    for (const [half, content] of Object.entries(halves)) {
      await writeFile(path.join(folder, `${half}.csv`), `${content.join("\n")}\n`);
    }
    const out = path.join(folder, name);
    await run((root) => build(root, [out, ...files]));
    const written = (await readdir(out)).map(
      async (file) => [file, JSON.parse(await readFile(path.join(out, file), "utf8"))] as const,
    );
    return Object.fromEntries(await Promise.all(written));
  };

  it("stands on its page as it is in its file", async () => {
    const page = await readFile(path.join(DOCS, "your-own-pipeline.md"), "utf8");
    assert(page.includes(`\`\`\`ts\n${await readFile(EXAMPLE, "utf8")}\`\`\`\n`));
  });

  it("runs in this process", async () => {
    const run = (own: Build) => runPipeline(own, { target: { kind: "direct" }, modules: [EXAMPLE] });
    assert.deepEqual(await meansOn("direct", run), MEANS);
  });

  it("runs on Flink, with workers made of its file alone", async () => {
    const target = { kind: "own-flink", dataDirectory: folder } as const;
    const run = (own: Build) => runPipeline(own, { target, modules: [EXAMPLE] });
    assert.deepEqual(await meansOn("flink", run), MEANS);
  });

  it("runs on a Flink cluster that knows nothing of it", async () => {
    const cluster = await startFlinkCluster({ taskManagers: 1 });
    try {
      const target = { kind: "flink-cluster", url: cluster.restUrl, leave: "never" } as const;
      const run = (own: Build) => runPipeline(own, { target, modules: [EXAMPLE] });
      assert.deepEqual(await meansOn("cluster", run), MEANS);
    } finally {
      await cluster.stop();
    }
  });
});
