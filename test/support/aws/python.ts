/**
 * Python for tests that need a tool written in it.
 *
 * 1. The environment is a folder named after the hash of its requirements: its existence means that it is whole.
 * 2. It is made beside its place and renamed, so an interrupted or a parallel making never leaves half of one. Scripts
 *    of an environment know its first name, so only modules are run (`python -m`).
 * 3. pip checks every file against the hash that the repository pins.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Archive } from "../../python/archives";
import { answerOf, skipUnless } from "../needs";
import { exists } from "../../../src/beam/process";

const run = promisify(execFile);
const ROOT = path.resolve(__dirname, "../../..");
const CACHE = path.join(ROOT, ".local");
const REQUIREMENTS = path.join(ROOT, "test/python/requirements.txt");
const MISSING = "it needs Python 3.10 or newer with its venv module (Debian: apt install python3-venv)";
const VENV_MS = 60_000;
const INSTALL_MS = 5 * 60_000;
const DOWNLOAD_MS = 5 * 60_000;
/** Age at which an unfinished environment is one of a killed process. */
const STALE_MS = 2 * INSTALL_MS;
const MAX_OUTPUT_BYTES = 50 * 1_048_576;

/** Time-out of a hook or test that makes an environment or downloads something. */
export const PYTHON_LIMIT_MS = INSTALL_MS + DOWNLOAD_MS;

/**
 * Path of a Python that has the packages of test/python/requirements.txt, for `before` or a test. Skips without one.
 */
export async function pythonFor(context: Mocha.Context): Promise<string> {
  skipUnless(context, (await hostVersion()) !== undefined, MISSING);
  return pythonEnvironment();
}

/** Does the same outside of mocha. Rejects when Python is missing or the packages cannot be had. */
async function pythonEnvironment(): Promise<string> {
  const version = await hostVersion();
  if (version === undefined) throw new Error(MISSING);
  // The Python's version is part of the hash, because an environment points at the Python that made it.
  const hash = createHash("sha256")
    .update(version)
    .update(await readFile(REQUIREMENTS))
    .digest("hex");
  const directory = path.join(CACHE, `python-${hash.slice(0, 12)}`);
  const python = path.join("bin", "python3");
  if (!(await exists(directory))) {
    await makeBeside(directory, async (unfinished) => {
      await run("python3", ["-m", "venv", unfinished], { timeout: VENV_MS });
      const install = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", REQUIREMENTS];
      await pip(path.join(unfinished, python), install, INSTALL_MS);
    });
  }
  return path.join(directory, python);
}

/** The file of a pinned archive, downloaded once. Rejects when it cannot be had or has another hash. */
export async function downloadArchive({ requirement, kind }: Archive): Promise<string> {
  const hash = createHash("sha256").update(requirement).digest("hex");
  const directory = path.join(CACHE, "python-archives", hash.slice(0, 12));
  if (!(await exists(directory))) {
    const python = await pythonEnvironment();
    await makeBeside(directory, async (unfinished) => {
      const wanted = path.join(unfinished, "requirement.txt");
      await writeFile(wanted, `${requirement}\n`);
      // The environment has the builder of source archives, so pip need not fetch that unpinned.
      const form = kind === "sdist" ? ["--no-binary", ":all:", "--no-build-isolation"] : ["--only-binary", ":all:"];
      const what = ["download", "--quiet", "--no-deps", "--require-hashes", ...form];
      await pip(python, [...what, "--dest", unfinished, "-r", wanted], DOWNLOAD_MS);
      await rm(wanted);
    });
  }
  const [file, ...more] = await readdir(directory);
  if (file === undefined || more.length > 0) throw new Error(`${directory} should hold one archive: remove it`);
  return path.join(directory, file);
}

/** Undefined when Python is missing, too old, or cannot make environments. */
async function hostVersion(): Promise<string | undefined> {
  const question = "import sys, venv, ensurepip; print(sys.version) if sys.version_info >= (3, 10) else sys.exit(1)";
  return answerOf("python3", "-c", question);
}

async function pip(python: string, args: readonly string[], timeoutMs: number): Promise<void> {
  try {
    await run(python, ["-m", "pip", "--disable-pip-version-check", ...args], {
      timeout: timeoutMs,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(`pip ${args[0]} failed: ${stderr.slice(-1_000)}`, { cause: error });
  }
}

async function makeBeside(directory: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(directory), { recursive: true });
  await removeStale(path.dirname(directory));
  const unfinished = await mkdtemp(path.join(path.dirname(directory), "unfinished-python-"));
  try {
    await make(unfinished);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      if (!(await exists(directory))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const own = path.join(parent, name);
    if (!name.startsWith("unfinished-python-")) continue;
    const ageMs = Date.now() - (await stat(own).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (ageMs > STALE_MS) await rm(own, { recursive: true, force: true });
  }
}
