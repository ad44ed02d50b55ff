/**
 * Stands as `<name>.cjs` beside `<name>.program.cjs`, and runs that with V8's code cache: half of a worker's start would go
 * into compiling its five megabytes. The first start leaves the cache; V8 refuses one of another Node.js, and then it is
 * made again. The name holds the program's hash, so a cache is never another program's.
 */
const { readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const vm = require("node:vm");

/** By then the functions of the start have been compiled, too. */
const MAKE_AFTER_MS = 500;

const cache = __filename.replace(/\.cjs$/, ".cache");
const file = __filename.replace(/\.cjs$/, ".program.cjs");

const script = new vm.Script(Module.wrap(readFileSync(file, "utf8")), {
  filename: file,
  // The program's own columns, for its source map: the wrapper stands in its first line.
  columnOffset: -Module.wrapper[0].length,
  cachedData: readIfThere(cache),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (script.cachedDataRejected !== false) setTimeout(makeCache, MAKE_AFTER_MS).unref();
script.runInThisContext()(exports, require, module, __filename, __dirname);

function readIfThere(name) {
  try {
    return readFileSync(name);
  } catch {
    return undefined;
  }
}

function makeCache() {
  const unfinished = `${cache}.${process.pid}`;
  try {
    writeFileSync(unfinished, script.createCachedData());
    renameSync(unfinished, cache);
  } catch {
    // A folder that is gone, or full: the next start takes as long as this one.
    rmSync(unfinished, { force: true });
  }
}
