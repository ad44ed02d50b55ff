/**
 * Builds Java programs out of Maven artifacts, once.
 *
 * 1. A finished build is a folder named after the hash of its sources. If the folder exists, the build is complete.
 * 2. A build is made beside its place and renamed, and renamed again before it is removed, so that nothing interrupted
 *    or parallel leaves half of one. What is left of those beside their places is removed a day later.
 * 3. The output of tools never reaches the terminal. The end of it goes into the error, all of it into a file.
 * 4. The most recently used builds of each name are kept and older ones removed, so that upgrades do not fill the disk.
 * 5. Maven's artifacts are checked against a list of hashes before any step.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { BeamError } from "../error";
import { type BuildStep, runStep } from "./build-step";
import {
  checkArtifacts,
  fetchLister,
  hashListOf,
  lacksChecksum,
  listArtifacts,
  type MavenArtifact,
  type MavenArtifacts,
  readArtifacts,
  type RegistryChecksums,
} from "./maven";
import { exists } from "./exists";
import { markUsed } from "./mark-used";

/** Enough to switch between two versions while something still runs on a third. */
const KEPT_BUILDS = 3;
const UNFINISHED = "unfinished-";
/** No build takes as long. */
const UNFINISHED_MS = 24 * 60 * 60_000;

export interface JavaBuild {
  /** Name for messages, such as "The embedded OpenSearch". */
  readonly title: string;
  /** Message for the user when there is work to do. */
  readonly announcement: string;
  /** Name of the build, which sets it apart from others in the same folder; default "server". */
  readonly name?: string;
  /** All files that the build depends on. */
  readonly sources: readonly string[];
  /** Holds the builds, each in a folder of its own, and the logs of failed ones. */
  readonly cacheDirectory: string;
  /** Artifacts that Maven fetches. Each must have the hash that is listed beside the pom. */
  readonly artifacts?: MavenArtifacts;
  /** Writes additional files into the folder `target`, before the steps. */
  prepare?(target: string, artifacts: readonly MavenArtifact[]): Promise<void>;
  /** Returns the commands that fill the folder `target`, in order. */
  steps(target: string): readonly BuildStep[];
  /** Works on the finished build in its folder, after the announcement; another process may use the build already. */
  finish?(directory: string): Promise<void>;
}

/** Builds in progress in this process, by folder: callers who want the same build share it. */
const BUILDS = new Map<string, Promise<string>>();

/** Returns the folder for a build of the current sources, which may not exist yet. */
export async function buildDirectory(build: JavaBuild): Promise<string> {
  const hash = createHash("sha256");
  const lists = build.artifacts === undefined ? [] : [build.artifacts.pom, hashListOf(build.artifacts.pom)];
  for (const source of [...lists, ...build.sources]) hash.update(await readFile(source));
  return path.join(build.cacheDirectory, `${nameOf(build)}-${hash.digest("hex").slice(0, 12)}`);
}

function nameOf({ name = "server" }: JavaBuild): string {
  return name;
}

/**
 * Makes the build unless it exists. Resolves with its folder. `log` gets one line when there is work to do. Rejects
 * with LOCAL_SERVICE, which names what is missing and how to get it.
 */
export async function buildOnce(build: JavaBuild, log: (line: string) => void): Promise<string> {
  const directory = await buildDirectory(build);
  const underWay = BUILDS.get(directory) ?? buildInto(directory, build, log).finally(() => BUILDS.delete(directory));
  BUILDS.set(directory, underWay);
  return underWay;
}

async function buildInto(directory: string, build: JavaBuild, log: (line: string) => void): Promise<string> {
  if (await exists(directory)) {
    await markUsed(directory);
    return directory;
  }
  log(build.announcement);
  const logFile = path.join(build.cacheDirectory, `build-${nameOf(build)}-${process.pid}.log`);
  await mkdir(build.cacheDirectory, { recursive: true });
  await removeUnfinished(build);
  // Not named after this process: a killed one may have had the same id.
  const unfinished = await unfinishedFolder(build);
  try {
    const artifacts = await checkedArtifacts(build, unfinished, logFile);
    await build.prepare?.(unfinished, artifacts);
    for (const step of build.steps(unfinished)) await runStep(step, build.title, logFile);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      if (!(await exists(directory))) throw error;
    });
    await build.finish?.(directory);
    await rm(logFile, { force: true });
    await markUsed(directory);
    await removeSuperseded(build);
    return directory;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Has Maven fetch missing artifacts, and checks the hashes of all. */
async function checkedArtifacts(
  { artifacts, title }: JavaBuild,
  folder: string,
  logFile: string,
): Promise<readonly MavenArtifact[]> {
  if (artifacts === undefined) return [];
  const settings = { folder, title, logFile };
  const found = await resolveArtifacts(artifacts, settings).catch((error: unknown) => {
    if (!(error instanceof BeamError) || !lacksChecksum(error.message)) throw error;
    return resolveUnchecked(artifacts, settings);
  });
  await checkArtifacts(found, hashListOf(artifacts.pom));
  return found;
}

/**
 * Lists all artifacts as `resolveArtifacts` does, also those for which the registry gives no checksum. Maven's plugin
 * is fetched before, because it runs without a hash of ours.
 */
async function resolveUnchecked(artifacts: MavenArtifacts, settings: Omit<ResolveSettings, "checksums">) {
  const { folder, title, logFile } = settings;
  await runStep(await fetchLister(folder, artifacts.parameters), title, logFile);
  return resolveArtifacts(artifacts, { ...settings, checksums: "lax" });
}

export interface ResolveSettings {
  /** Folder for Maven's list of artifacts. */
  readonly folder: string;
  /** Name for messages. */
  readonly title: string;
  readonly logFile: string;
  /** Default "strict". */
  readonly checksums?: RegistryChecksums;
}

/**
 * Lists all artifacts of a pom, after Maven has fetched missing ones. Their hashes are not checked. Rejects with
 * LOCAL_SERVICE.
 */
export async function resolveArtifacts(
  artifacts: MavenArtifacts,
  { folder, title, logFile, checksums = "strict" }: ResolveSettings,
): Promise<readonly MavenArtifact[]> {
  const list = path.join(folder, "artifacts.txt");
  await runStep(listArtifacts(artifacts, list, checksums), title, logFile);
  return readArtifacts(list);
}

async function removeSuperseded(build: JavaBuild): Promise<void> {
  const { cacheDirectory } = build;
  const form = new RegExp(`^${nameOf(build)}-[0-9a-f]{12}$`);
  const names = (await readdir(cacheDirectory)).filter((name) => form.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, usedMs: (await stat(path.join(cacheDirectory, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((one, other) => other.usedMs - one.usedMs).slice(KEPT_BUILDS)) {
    await removeBuild(build, path.join(cacheDirectory, name));
  }
}

/** Makes a folder beside the builds, which no other process uses. */
async function unfinishedFolder(build: JavaBuild): Promise<string> {
  const folder = await mkdtemp(path.join(build.cacheDirectory, `${UNFINISHED}${nameOf(build)}-`));
  // mkdtemp gives it to its user alone; whoever can read the cache may run the build.
  await chmod(folder, 0o777 & ~process.umask());
  return folder;
}

/** Takes the folder out of its place first, since a folder there is a complete build, also after an interruption. */
async function removeBuild(build: JavaBuild, directory: string): Promise<void> {
  const unfinished = await unfinishedFolder(build);
  try {
    await rename(directory, path.join(unfinished, "superseded"));
  } catch (error) {
    // A parallel start has removed it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Removes what killed processes have left. */
async function removeUnfinished(build: JavaBuild): Promise<void> {
  const { cacheDirectory } = build;
  const names = (await readdir(cacheDirectory)).filter((name) => name.startsWith(`${UNFINISHED}${nameOf(build)}-`));
  for (const folder of names.map((name) => path.join(cacheDirectory, name))) {
    const changedMs = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (Date.now() - changedMs > UNFINISHED_MS) await rm(folder, { recursive: true, force: true });
  }
}
