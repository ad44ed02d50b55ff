/**
 * Runs `<name>.program.cjs` with V8's code cache, as the file `<name>.cjs` beside it. Compiling the program's five
 * megabytes would take half of a worker's start. The first start writes the cache. V8 refuses the cache of another
 * version of Node.js, and then it is written again. The name holds the program's hash, so a cache never belongs to
 * another program.
 */
const { readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const vm = require("node:vm");

/** Time after which the functions that run at the start have been compiled too. */
const MAKE_AFTER_MS = 500;

const cache = __filename.replace(/\.cjs$/, ".cache");
const file = __filename.replace(/\.cjs$/, ".program.cjs");

const script = new vm.Script(Module.wrap(readFileSync(file, "utf8")), {
  filename: file,
  // Removes the wrapper's characters from the first line, so that columns match the source map.
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
    // The folder is gone or the disk is full. The next start just takes as long as this one.
    rmSync(unfinished, { force: true });
  }
}
