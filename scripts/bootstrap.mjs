#!/usr/bin/env node
/**
 * Runs one TypeScript file of this project: `node scripts/bootstrap.mjs <file.ts> [arguments]`. First makes sure that
 * Node.js is new enough and that the packages of package-lock.json are installed, so that every npm script works first
 * in a fresh clone. Depends on nothing but Node.js; runs in the calling process, so signals and exit codes need no
 * help.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = [20, 19];
/** A slow mirror needs a minute or two; a lock older than this was left behind, whoever has its process's id now. */
const MAX_INSTALL_MS = 15 * 60_000;
const LOCK_POLL_MS = 250;
const EXIT_CODE_OF_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

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

/** Process that holds the lock; undefined when nobody does any more. */
function lockHolder() {
  try {
    const pid = Number(readFileSync(installLock, "utf8"));
    const ageMs = Date.now() - statSync(installLock).mtimeMs;
    // A file without a number is one that is just being written.
    if (ageMs > MAX_INSTALL_MS || (pid > 0 && !isAlive(pid))) return undefined;
    return pid;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

async function tryLock(hasWaited) {
  try {
    writeFileSync(installLock, String(process.pid), { flag: "wx" });
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  if (!hasWaited) return true;
  // Another who waited may have found the same lock left behind, and remove this one, which took its place.
  await sleep(LOCK_POLL_MS);
  return lockHolder() === process.pid;
}

/** Keeps two commands started at once in a fresh clone from installing over one another. */
async function withInstallLock(work) {
  for (let hasWaited = false; !(await tryLock(hasWaited)); hasWaited = true) {
    const holder = lockHolder();
    if (holder === undefined) rmSync(installLock, { recursive: true, force: true });
    else if (!hasWaited) process.stderr.write(`Waiting for process ${holder}, which installs the packages here ...\n`);
    await sleep(LOCK_POLL_MS);
  }
  const unlock = () => rmSync(installLock, { force: true });
  process.once("exit", unlock);
  await work();
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

/** Runs npm; a signal to this process ends npm first, and then this process, so that the lock is freed. */
function runNpm() {
  let child;
  let signalled;
  const listeners = Object.keys(EXIT_CODE_OF_SIGNALS).map((signal) => {
    const listener = () => {
      signalled ??= signal;
      child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  child = spawn(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
    // npm hands its own settings down as variables; a production install would leave ts-node and the tests out.
    env: { ...npmEnvironment(), NODE_ENV: "development", npm_config_omit: "" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve) => {
    const settle = (ended) => {
      for (const release of listeners) release();
      resolve({ output, signalled, ...ended });
    };
    child.once("error", (error) => settle({ error }));
    child.once("close", (status, signal) => settle({ status, signal }));
  });
}

async function install() {
  process.stderr.write("Installing packages (first run, about a minute) ...\n");
  const { output, error, status, signal, signalled } = await runNpm();
  if (signalled !== undefined) {
    process.stderr.write("The installation of the packages was interrupted: run the command again.\n");
    process.exit(EXIT_CODE_OF_SIGNALS[signalled]);
  }
  if (error !== undefined) refuse(`npm could not be started (${error.message}): install Node.js with npm.`);
  if (status === 0) return;
  process.stderr.write(output);
  refuse(
    signal === null
      ? "npm could not install the packages of package-lock.json: see its messages above."
      : "The installation of the packages was interrupted: run the command again.",
  );
}

async function ensurePackages() {
  const wanted = wantedMarker();
  if (isMarked(wanted)) return;
  await withInstallLock(async () => {
    if (isMarked(wanted)) return;
    if (!isInstalledByHand()) await install();
    writeFileSync(markerFile, wanted);
  });
}

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) refuse("Usage: node scripts/bootstrap.mjs <file.ts> [arguments]");
checkNode();
await ensurePackages();

const file = path.resolve(root, script);
process.argv = [process.argv[0], file, ...scriptArguments];
// The AWS SDK warns at every start that it will want a newer Node.js next year; the user can do nothing with that here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
process.env.TS_NODE_PROJECT ??= path.join(root, "tsconfig.json");
process.setSourceMapsEnabled(true);
const require = createRequire(import.meta.url);
require("ts-node/register/transpile-only");
require(file);
