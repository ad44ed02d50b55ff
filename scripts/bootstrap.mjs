#!/usr/bin/env node
/**
 * Runs one TypeScript file of this project: `node scripts/bootstrap.mjs <file.ts> [arguments]`. First makes sure that
 * Node.js is new enough and that the packages of package-lock.json are installed, so that every npm script works first
 * in a fresh clone. Depends on nothing but Node.js; runs in the calling process, so signals and exit codes need no
 * help.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = [20, 19];
/** A slow mirror needs a minute or two; a lock older than this was left by a killed process. */
const MAX_INSTALL_MS = 15 * 60_000;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lockFile = path.join(root, "package-lock.json");
const markerFile = path.join(root, "node_modules", ".bootstrap");
const installLock = path.join(root, ".bootstrap-lock");

/** Ends the process with one sentence. */
function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    refuse(
      `Node.js ${OLDEST_NODE.join(".")} or newer is needed, and this is ${process.versions.node}: get one from https://nodejs.org.`,
    );
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Content of the marker when everything is installed: another lock file or another Node.js ABI means another install.
 */
function wantedMarker() {
  const hash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  return `${hash} ${process.platform}-${process.arch}-${process.versions.modules}`;
}

function isMarked(wanted) {
  try {
    return readFileSync(markerFile, "utf8") === wanted;
  } catch {
    return false;
  }
}

/** True when npm itself left exactly these packages: spares a reinstall after a developer's own `npm install`. */
function isInstalledByHand() {
  const installed = readJson(path.join(root, "node_modules", ".package-lock.json"))?.packages;
  const wanted = readJson(lockFile)?.packages;
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(
    ([name, entry]) => name === "" || entry.optional === true || isSame(installed[name], entry),
  );
}

/** A workspace has two entries: its folder, with its version, and the link to it, which has none. */
function isSame(installed, wanted) {
  return installed !== undefined && installed.version === wanted.version && installed.link === wanted.link;
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Keeps two commands started at once in a fresh clone from installing over one another. */
function withInstallLock(work) {
  for (;;) {
    try {
      mkdirSync(installLock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const ageMs = Date.now() - (statSync(installLock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (ageMs > MAX_INSTALL_MS) rmSync(installLock, { recursive: true, force: true });
      else sleep(250);
    }
  }
  const unlock = () => rmSync(installLock, { recursive: true, force: true });
  process.once("exit", unlock);
  work();
  unlock();
  process.off("exit", unlock);
}

/**
 * The variables that npm needs and no secrets of the job, since npm runs programs of packages. See
 * src/beam/process/environment.ts.
 */
function npmEnvironment() {
  const { program, download, npm } = readJson(path.join(root, "src/beam/process/variables.json"));
  const isNeeded = (name) =>
    [...program, ...download, ...npm].some((each) =>
      each.endsWith("*") ? name.toUpperCase().startsWith(each.slice(0, -1)) : name.toUpperCase() === each,
    );
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isNeeded(name)));
}

function install() {
  process.stderr.write("Installing packages (first run, about a minute) ...\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
    // npm hands its own settings down as variables; a production install would leave ts-node and the tests out.
    env: { ...npmEnvironment(), NODE_ENV: "development", npm_config_omit: "" },
  });
  if (result.error !== undefined)
    refuse(`npm could not be started (${result.error.message}): install Node.js with npm.`);
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`);
    refuse(
      result.signal === null
        ? "npm could not install the packages of package-lock.json: see its messages above."
        : "The installation of the packages was interrupted: run the command again.",
    );
  }
}

function ensurePackages() {
  const wanted = wantedMarker();
  if (isMarked(wanted)) return;
  withInstallLock(() => {
    if (isMarked(wanted)) return;
    if (!isInstalledByHand()) install();
    writeFileSync(markerFile, wanted);
  });
}

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) refuse("Usage: node scripts/bootstrap.mjs <file.ts> [arguments]");
checkNode();
ensurePackages();

const file = path.resolve(root, script);
process.argv = [process.argv[0], file, ...scriptArguments];
// The AWS SDK warns at every start that it will want a newer Node.js next year; the user can do nothing with that here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
process.env.TS_NODE_PROJECT ??= path.join(root, "tsconfig.json");
process.setSourceMapsEnabled(true);
const require = createRequire(import.meta.url);
require("ts-node/register/transpile-only");
require(file);
