/**
 * Bundles a worker into one file, so that it starts in a quarter of a second. Loading thousands of modules would take
 * several seconds.
 *
 * 1. A bundle's name holds the hash of its content, so concurrent runs of different versions do not disturb one
 *    another.
 * 2. A runner starts a worker as one command with arguments of its own, hence the script beside the bundle. The bundle
 *    contains everything that it runs, so editing or moving sources does not affect a running job.
 * 3. Only their user can access the bundle and the script, since their content decides what workers do.
 * 4. The files end in `.cjs`, so that Node.js loads them as CommonJS even in a project whose `.js` files are ECMAScript
 *    modules.
 */
import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, type Plugin, type StdinOptions } from "esbuild";
import type { JarWorkerFile } from "./job-jar";
import { NOTICES_FILE, noticesOf, packagesOf } from "./third-party";
import { exists } from "../process/exists";
import { markUsed } from "../process/mark-used";

const START = path.join(__dirname, "start-cached.cjs");
const PROGRAM = "worker.js";
const SCRIPT = /^worker-[0-9a-f]{12}\.sh$/;

/** Limit of bundles in a folder. Those used longest ago are removed when a new one is written. */
const KEPT_BUNDLES = 10;

/** Leaves out modules that the SDK's Pub/Sub transforms load at once: 6 MB and 200 ms, which no worker here uses. */
const WITHOUT_GOOGLE_CLOUD: Plugin = {
  name: "without-google-cloud",
  setup(bundler) {
    bundler.onResolve({ filter: /^(@google-cloud\/|google-gax)/ }, ({ path: name }) => ({
      path: name,
      namespace: "left-out",
    }));
    bundler.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** The source of a worker's program. */
export type WorkerProgram =
  /** The module that registers all DoFns and coders and serves as a worker. */
  | { readonly entry: string }
  /** Modules that register DoFns and coders and have no other effect. */
  | { readonly modules: readonly string[] };

export type WorkerBundleOptions = WorkerProgram & {
  /** Folder for bundles; created when missing. */
  readonly directory: string;
  /** Options of `node`, such as `--max-old-space-size=300`. */
  readonly nodeOptions?: readonly string[];
};

/** Bundles programs for a jar, by the names of their files, with their source maps and the licences of their parts. */
export async function bundleForJar(
  programs: Readonly<Record<string, WorkerProgram>>,
): Promise<readonly JarWorkerFile[]> {
  const bundles = await Promise.all(
    Object.entries(programs).map(async ([name, program]) => ({ name, ...(await bundle(program)) })),
  );
  const notices = noticesOf(await packagesOf(bundles.flatMap(({ sources }) => sources)));
  const files = bundles.flatMap(({ name, code, map }) => [
    { name, content: code },
    { name: `${name}.map`, content: map },
  ]);
  return [...files, { name: NOTICES_FILE, content: new TextEncoder().encode(notices) }];
}

interface Bundle {
  /** The program. The same sources give the same bytes. */
  readonly code: Uint8Array;
  /** The source map for errors. It belongs beside the code, as `<file>.map`. */
  readonly map: Uint8Array;
  /** The files that were bundled. */
  readonly sources: readonly string[];
}

async function bundle(program: WorkerProgram): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...("entry" in program ? { entryPoints: [program.entry] } : { stdin: entryOf(program.modules) }),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifyWhitespace: true,
    keepNames: true,
    // The code does not name the map, because Node.js would look for a named map at each start.
    sourcemap: "external",
    sourcesContent: false,
    // The map names sources relative to this file.
    outfile: PROGRAM,
    logLevel: "silent",
    plugins: [WITHOUT_GOOGLE_CLOUD],
  });
  const file = (name: string): Uint8Array => {
    const found = outputFiles.find((output) => path.basename(output.path) === name);
    if (found === undefined) throw new Error(`esbuild made no ${name}.`);
    return found.contents;
  };
  return { code: file(PROGRAM), map: file(`${PROGRAM}.map`), sources: Object.keys(metafile.inputs) };
}

/** Resolves with the command of a worker. The worker's output goes to the file that BEAM_WORKER_LOG names. */
export async function bundleWorker(options: WorkerBundleOptions): Promise<string> {
  const [{ code, map, sources }, start] = await Promise.all([bundle(options), readFile(START)]);
  const flags = (options.nodeOptions ?? []).join(" ");
  const hash = createHash("sha256").update(code).update(start).update(`${process.execPath} ${flags}`).digest("hex");
  const base = path.join(path.resolve(options.directory), `worker-${hash.slice(0, 12)}`);
  const command = `${base}.sh`;
  const parts = [command, `${base}.cjs`, `${base}.program.cjs`];
  // Another start may be removing an old bundle.
  if ((await Promise.all(parts.map(exists))).every(Boolean)) {
    await markUsed(command);
    return command;
  }
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await writeWhole(`${base}.program.cjs.map`, map);
  await writeWhole(`${base}.program.cjs`, code);
  await writeWhole(`${base}.cjs`, start);
  await writeWhole(`${base}.${NOTICES_FILE}`, noticesOf(await packagesOf(sources)));
  const script = `#!/bin/sh\nexec "${process.execPath}" ${flags} "${base}.cjs" "$@" >>"\${BEAM_WORKER_LOG:-/dev/null}" 2>&1\n`;
  await writeWhole(command, script, 0o700);
  await removeOld(options.directory);
  return command;
}

/**
 * Makes an entry that imports the modules and serves as a worker. It imports this layer first, since the SDK's modules
 * load only in that order.
 */
function entryOf(modules: readonly string[]): StdinOptions {
  const imports = modules.map((name) => `import ${JSON.stringify(path.resolve(name))};\n`).join("");
  return {
    contents: `import { serveAsWorker } from "../harness/program";\n${imports}serveAsWorker();`,
    resolveDir: __dirname,
  };
}

/** Writes a file so that no process ever sees it incomplete, however many write it. */
async function writeWhole(file: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  await writeFile(unfinished, content);
  await chmod(unfinished, mode);
  await rename(unfinished, file);
}

async function removeOld(directory: string): Promise<void> {
  const names = await readdir(directory);
  const dated = await Promise.all(
    names
      .filter((name) => SCRIPT.test(name))
      .map(async (name) => ({ name, ms: (await stat(path.join(directory, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((one, other) => other.ms - one.ms).slice(KEPT_BUNDLES)) {
    const parts = names.filter((each) => each !== name && each.startsWith(name.replace(/sh$/, "")));
    // The script is first: a bundle whose script is there must be whole.
    for (const each of [name, ...parts]) await rm(path.join(directory, each), { force: true });
  }
}
