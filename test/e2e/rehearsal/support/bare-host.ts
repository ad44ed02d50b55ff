/**
 * A bare host like those of a cluster: a root folder with old libraries, Java 11 and Flink, and nothing else; read-only
 * but for /tmp. Its processes share the network and the process numbers of this machine.
 *
 * 1. Each process has its own mounts, which are gone with it.
 * 2. Only the paths named here are seen inside: no shell, no Node.js, no tools.
 */
import { chmod, copyFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { answerOf, skipUnless } from "../../../support/needs";
import { oldLibraries } from "./parts";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const DEVICES = ["null", "random", "urandom"];
const LOADER = "ld-linux-x86-64.so.2";

/** Skips where roots cannot be made: they take root's rights, on Linux x86_64. */
export async function hostsFor(context: Mocha.Context): Promise<void> {
  skipUnless(context, process.platform === "linux" && process.arch === "x64", "it needs Linux on x86_64");
  skipUnless(context, process.getuid?.() === 0, "it needs root's rights, for mounts");
  const probe = "mount -t tmpfs probe /mnt && umount /mnt";
  const answer = await answerOf("unshare", "--mount", "sh", "-c", probe);
  skipUnless(context, answer !== undefined, "this machine lets nobody mount");
}

export interface BareHostOptions {
  /** Without libraries, only programs run that bring their own. */
  readonly hasLibraries: boolean;
  /** Read-only folders and files of this machine, by their paths inside the host. */
  readonly readOnly: Readonly<Record<string, string>>;
  /** Takes the place of this machine's own name server. */
  readonly nameServer?: string;
}

export interface BareHost {
  /**
   * The command before a program's own, which changes to the host's root. The folder that holds the one in the variable
   * FLINK_CONF_DIR is visible under its own path, read and write.
   */
  readonly enter: readonly string[];
  remove(): Promise<void>;
}

export async function bareHost({ hasLibraries, readOnly, nameServer }: BareHostOptions): Promise<BareHost> {
  const folder = makeFolder("bare-host");
  const root = path.join(folder, "root");
  for (const name of ["proc", "dev", "tmp", "lib64", "etc"]) await mkdir(path.join(root, name), { recursive: true });
  for (const name of DEVICES) await writeFile(path.join(root, "dev", name), "");
  for (const name of ["hosts", "resolv.conf"]) await copyFile(`/etc/${name}`, path.join(root, "etc", name));
  if (nameServer !== undefined) await writeFile(path.join(root, "etc/resolv.conf"), `nameserver ${nameServer}\n`);
  if (hasLibraries) {
    const libraries = await oldLibraries();
    const names = (await readdir(libraries)).filter((name) => name.includes(".so"));
    for (const name of names) await copyFile(path.join(libraries, name), path.join(root, "lib64", name));
    await chmod(path.join(root, "lib64", LOADER), 0o755);
  }
  const shown = Object.entries(readOnly);
  for (const [inside, outside] of shown) await mountPoint(path.join(root, inside), outside);
  const script = path.join(folder, "enter.sh");
  await writeFile(script, enterScript(root, shown));
  return {
    enter: ["unshare", "--mount", "--propagation", "private", "sh", script],
    remove: () => removeFolder(folder),
  };
}

function enterScript(root: string, shown: readonly (readonly [string, string])[]): string {
  const bind = (outside: string, inside: string): string[] => [
    // A checkout may lie below /tmp, which is empty at this point.
    ...(inside.startsWith("/tmp/") ? [`mkdir -p '${root}${path.dirname(inside)}'`, pointFor(outside, inside)] : []),
    `mount --bind '${outside}' '${root}${inside}'`,
    `mount -o remount,bind,ro '${root}${inside}'`,
  ];
  const pointFor = (outside: string, inside: string): string =>
    `if [ -d '${outside}' ]; then mkdir -p '${root}${inside}'; else touch '${root}${inside}'; fi`;
  return [
    "set -e",
    `mount --bind '${root}' '${root}'`,
    `mount -o remount,bind,ro '${root}'`,
    `mount -t proc proc '${root}/proc'`,
    `mount -t tmpfs tmp '${root}/tmp'`,
    ...DEVICES.map((name) => `mount --bind /dev/${name} '${root}/dev/${name}'`),
    ...shown.flatMap(([inside, outside]) => bind(outside, inside)),
    `if [ -n "$FLINK_CONF_DIR" ]; then`,
    `  own=$(dirname "$FLINK_CONF_DIR")`,
    `  mkdir -p "${root}$own"`,
    `  mount --bind "$own" "${root}$own"`,
    "fi",
    `exec chroot '${root}' "$@"`,
    "",
  ].join("\n");
}

/** Makes an empty file or folder to mount over. */
async function mountPoint(inside: string, outside: string): Promise<void> {
  const isFolder = (await stat(outside)).isDirectory();
  await mkdir(isFolder ? inside : path.dirname(inside), { recursive: true });
  if (!isFolder) await writeFile(inside, "");
}
