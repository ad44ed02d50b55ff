/**
 * `node start-cached.cjs <program.js> [arguments]` runs a program of one file with V8's code cache beside it: half of a
 * worker's start would go into compiling its five megabytes. The first start leaves the cache; V8 refuses one that is not
 * of this program and this Node.js, and then it is made again.
 */
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

/** By then the functions of the start have been compiled, too. */
const MAKE_AFTER_MS = 500;

const [, , file] = process.argv;
const cache = file.replace(/\.js$/, ".cache");
process.argv.splice(1, 1);

const script = new vm.Script(Module.wrap(readFileSync(file, "utf8")), {
  filename: file,
  cachedData: readIfThere(cache),
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (script.cachedDataRejected !== false) setTimeout(makeCache, MAKE_AFTER_MS).unref();
const program = { exports: {} };
script.runInThisContext()(program.exports, require, program, file, path.dirname(file));

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
  }
}
