/**
 * Transpiles TypeScript for ts-node. The compiler itself needs five seconds of a processor for the modules of a
 * command, esbuild less than one, and its output is kept: a run without a new module needs none. Types are checked by
 * `npm run lint` and the tests.
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { version } = require("esbuild/package.json");

const OPTIONS = { loader: "ts", format: "cjs", target: "es2022", sourcemap: "external" };
/** Removed with the packages; until then a module has a file of some kilobytes for each of its versions that ran. */
const CACHE = path.resolve(__dirname, "../node_modules/.cache/transpiled");

exports.create = ({ cache = CACHE } = {}) => ({
  transpile(input, { fileName }) {
    const identity = [version, JSON.stringify(OPTIONS), fileName, input].join("\0");
    const file = path.join(cache, createHash("sha256").update(identity).digest("hex"));
    return kept(file) ?? keep(file, transpiled(input, fileName));
  },
});

function kept(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function transpiled(input, fileName) {
  const { transformSync } = require("esbuild");
  const { code, map } = transformSync(input, { ...OPTIONS, sourcefile: fileName });
  return { outputText: code, sourceMapText: map };
}

/**
 * Keeps the output for later runs. Commands started at once write the same. A folder that cannot be written only means
 * that modules are transpiled each time.
 */
function keep(file, output) {
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(unfinished, JSON.stringify(output));
    renameSync(unfinished, file);
  } catch {
    // A failure is harmless: the output exists without its copy.
  }
  return output;
}
