/**
 * The Beam layer as its users get it: packed, installed into an empty folder, and used as docs/your-own-pipeline.md
 * says.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { devDependencies } from "../../package.json";
import { flinkClassPath } from "../../src/beam/flink/embedded/build";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder";

const ROOT = path.resolve(__dirname, "../..");
const MODULES = path.join(ROOT, "node_modules");
const COMPILER = {
  ...{ module: "node16", target: "es2022", strict: true, skipLibCheck: true },
  ...{ types: ["node"], typeRoots: [path.join(MODULES, "@types")] },
};

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command; rejects with its whole output when it fails. */
async function run(cwd: string, command: string, ...args: readonly string[]): Promise<Output> {
  const env = { ...process.env, BEAM_STREAMING_CACHE: path.join(ROOT, ".local") };
  return promisify(execFile)(command, args, { cwd, env }).catch((error: Error & Partial<Output>) => {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  });
}

const node = (cwd: string, ...args: readonly string[]): Promise<Output> => run(cwd, process.execPath, ...args);

/** The code of the page's last section: a program, and its lines for package.json. */
async function documented(): Promise<{ readonly program: string; readonly settings: object }> {
  const page = await readFile(path.join(ROOT, "docs/your-own-pipeline.md"), "utf8");
  const [, section = ""] = page.split("## In a project of your own\n");
  const [, program = ""] = /```ts\n([^]*?)```/.exec(section) ?? [];
  const [, settings = ""] = /```json\n([^]*?)```/.exec(section) ?? [];
  return { program, settings: JSON.parse(settings) as object };
}

describe("The Beam layer as a package", function () {
  this.timeout(300_000);
  let folder: TemporaryFolder;
  let project: string;
  let tarball: string;

  const write = (name: string, content: string): Promise<void> => writeFile(path.join(project, name), content);

  before(async () => {
    folder = await temporaryFolder("package");
    project = path.join(folder.path, "project");
    await mkdir(project);
    const quiet = ["--silent", "--no-audit", "--no-fund"];
    await run(ROOT, "npm", "pack", ...quiet, "-w", "beam-streaming", "--pack-destination", folder.path);
    const [packed = ""] = (await readdir(folder.path)).filter((name) => name.endsWith(".tgz"));
    tarball = path.join(folder.path, packed);

    const { program, settings } = await documented();
    const example = await readFile(path.join(ROOT, "docs/examples/mean-temperatures.ts"), "utf8");
    await write("package.json", JSON.stringify({ private: true, type: "module", ...settings }));
    await write("mean-temperatures.ts", example.replace('"../../src/beam"', '"beam-streaming"'));
    await write("main.ts", program);
    await write("readings.csv", await readFile(path.join(ROOT, "docs/examples/readings.csv"), "utf8"));
    await write("tsconfig.json", JSON.stringify({ compilerOptions: COMPILER }));
    const tools = (["mocha", "fast-check"] as const).map((name) => `${name}@${devDependencies[name]}`);
    await run(
      project,
      "npm",
      "install",
      ...quiet,
      "--prefer-offline",
      "--fetch-retries",
      "5",
      "--no-package-lock",
      tarball,
      ...tools,
    );
  });
  after(() => folder.remove());

  it("has types that every way of importing it finds", async () => {
    const attw = path.join(MODULES, "@arethetypeswrong/cli/dist/index.js");
    await node(ROOT, attw, tarball, "--profile", "node16", "--no-definitely-typed", "--format", "ascii");
  });

  it("runs the page's example on both runners, with the same results", async () => {
    // Built before, or the package would have Maven build its own.
    await flinkClassPath(() => undefined);
    await node(project, path.join(MODULES, "typescript/bin/tsc"), "-p", ".");
    const results = async (runner: string): Promise<readonly (readonly string[])[]> => {
      const { stderr } = await node(project, "main.js", runner, runner, "readings.csv");
      assert.doesNotMatch(stderr, /Maven/);
      const out = path.join(project, runner);
      const names = (await readdir(out)).sort();
      return Promise.all(names.map(async (name) => [name, await readFile(path.join(out, name), "utf8")]));
    };
    const direct = await results("direct");
    assert.equal(direct.length, 4);
    assert.deepEqual(await results("own-flink"), direct);
  });

  it("brings the conformance suite", async () => {
    const suite = 'import { RUNNERS, suite } from "beam-streaming/testing";\nsuite("mine", RUNNERS.direct.make());\n';
    await write("rules.mjs", suite);
    const { stdout } = await node(
      project,
      "node_modules/mocha/bin/mocha.js",
      "--fgrep",
      "create",
      "--exit",
      "rules.mjs",
    );
    assert.match(stdout, /^ {2}[1-9]\d* passing/m);
  });
});
