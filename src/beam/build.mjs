/** Builds the package into `dist`: JavaScript, declarations, and a copy of the files that they read at run time. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const FOLDER = import.meta.dirname;
const DIST = path.join(FOLDER, "dist");
/** Java tests, and files that Maven or an editor may have left. */
const LEFT_OUT = /^(java\/src\/test|java\/target)(\/|$)|\/\.[^/]*$/;

function main() {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const project = path.join(FOLDER, "tsconfig.build.json");
  const { status } = spawnSync(process.execPath, [compiler, "-p", project], { stdio: "inherit" });
  if (status !== 0) return status ?? 1;
  for (const name of ["flink/start-cached.cjs", "java"]) {
    cpSync(path.join(FOLDER, name), path.join(DIST, name), { recursive: true, filter: isPart });
  }
  return 0;
}

function isPart(file) {
  return !LEFT_OUT.test(path.relative(FOLDER, file).split(path.sep).join("/"));
}

process.exitCode = main();
