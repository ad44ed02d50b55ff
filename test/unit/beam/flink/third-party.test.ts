import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { bundleForJar, bundleWorker } from "../../../../src/beam/flink/bundle-worker";
import { NOTICES_FILE, noticesOf, packagesOf } from "../../../../src/beam/flink/third-party";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const ROOT = path.resolve(__dirname, "../../../..");
const WORKER = path.join(ROOT, "src/worker.ts");
const MANAGED = path.join(ROOT, "runners/msf/job-manager/main.ts");

describe("Notices of a bundle", function () {
  this.timeout(60_000);
  let directory = "";

  beforeEach(() => {
    directory = makeFolder("notices");
  });
  afterEach(() => removeFolder(directory));

  /** The packages of esbuild's own list, each with its version. */
  const bundledPackages = async (entryPoints: readonly string[]): Promise<readonly string[]> => {
    const { metafile } = await build({
      ...{ entryPoints: [...entryPoints], bundle: true, write: false, metafile: true, logLevel: "silent" },
      ...{ platform: "node", outdir: directory, external: ["@google-cloud/*", "google-gax"] },
    });
    const names = Object.keys(metafile.inputs).map((file) => file.split("/"));
    const folders = names
      .filter((parts) => parts.includes("node_modules"))
      .map((parts) => {
        const at = parts.lastIndexOf("node_modules") + 1;
        return parts.slice(0, at + (parts[at]?.startsWith("@") === true ? 2 : 1)).join("/");
      });
    return [...new Set(folders)].map((folder) => {
      const { name, version } = JSON.parse(readFileSync(path.resolve(folder, "package.json"), "utf8")) as {
        readonly name: string;
        readonly version: string;
      };
      return `${name} ${version}`;
    });
  };

  it("name every package that both programs of the managed service hold, with a licence each", async () => {
    const files = await bundleForJar({ "worker.js": { entry: WORKER }, "pipeline.js": { entry: MANAGED } });
    assert.deepEqual(
      files.map(({ name }) => name),
      ["worker.js", "worker.js.map", "pipeline.js", "pipeline.js.map", NOTICES_FILE],
    );
    const lines = Buffer.from(files.at(-1)?.content as Uint8Array)
      .toString()
      .split("\n");
    const listed = lines.slice(2, lines.indexOf("", 2));
    const expected = await bundledPackages([WORKER, MANAGED]);
    assert(expected.length > 50, `only ${expected.length} packages`);
    assert.deepEqual(listed.map((line) => line.replace(/ \(.*\)$/, "")).toSorted(), [...new Set(expected)].toSorted());
    assert.deepEqual(
      listed.filter((line) => /\((unknown|undefined)?\)$/.test(line)),
      [],
    );
  });

  it("stand beside a worker, too", async () => {
    const command = await bundleWorker({ entry: WORKER, directory });
    const [name = ""] = readdirSync(directory).filter((each) => each.endsWith(NOTICES_FILE));
    assert(name.startsWith(path.basename(command).replace(/sh$/, "")));
    assert.match(readFileSync(path.join(directory, name), "utf8"), /^zod \S+ \(MIT\)$/m);
  });

  it("hold each text of a package within a package once, and nothing of the program's own files", async () => {
    const inner = path.join(directory, "node_modules/outer/node_modules/@a/inner");
    mkdirSync(path.join(inner, "lib"), { recursive: true });
    writeFileSync(path.join(inner, "package.json"), `{"name":"@a/inner","version":"2.0.0","license":"MIT"}`);
    writeFileSync(path.join(inner, "LICENSE.md"), "Do what you like.\r\n");
    writeFileSync(path.join(inner, "NOTICE"), "Do what you like.");
    writeFileSync(path.join(inner, "license.js"), "a program");
    const own = path.join(directory, "own.ts");
    const parts = await packagesOf([own, path.join(inner, "lib/index.js"), path.join(inner, "lib/other.js")]);
    assert.deepEqual(
      parts.map(({ name, license }) => [name, license]),
      [["@a/inner 2.0.0", "MIT"]],
    );
    const text = noticesOf(parts);
    assert.equal(text.split("Do what you like.").length, 2);
    assert(!text.includes("a program"));
  });
});
