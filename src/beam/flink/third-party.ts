/** Collects licences and notices of bundled packages, as one text to accompany a program. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Name of the file with the text, beside a program. */
export const NOTICES_FILE = "THIRD-PARTY-NOTICES.txt";

export interface ThirdParty {
  /** Name and version. */
  readonly name: string;
  /** The licence that its package names. */
  readonly license: string;
  /** Texts of its own licence and notice files. */
  readonly texts: readonly string[];
}

/** A package's folder. The match is greedy, because packages may contain packages. */
const PACKAGE = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LEGAL_FILE = /^(licen[cs]e|notice|copying|third.?party)[^/]*$/i;
const PROGRAM = /\.([cm]?[jt]s|json)$/;
/** Licences of packages that name none. The project belongs to the Apache Software Foundation. */
const UNSTATED: Readonly<Record<string, string>> = { "apache-beam": "Apache-2.0" };

/** Returns the packages of these files, by name. Files outside of packages are the program's own. */
export async function packagesOf(files: readonly string[]): Promise<readonly ThirdParty[]> {
  const folders = files.flatMap((file) => PACKAGE.exec(path.resolve(file).split(path.sep).join("/"))?.[1] ?? []);
  const packages = await Promise.all([...new Set(folders)].map(readPackage));
  return packages.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

async function readPackage(folder: string): Promise<ThirdParty> {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const names = (await readdir(folder)).filter((each) => LEGAL_FILE.test(each) && !PROGRAM.test(each)).sort();
  return {
    name: `${name} ${version}`,
    license: license ?? UNSTATED[name] ?? "unknown",
    texts: await Promise.all(names.map((each) => readFile(path.join(folder, each), "utf8"))),
  };
}

/**
 * Returns one text about all packages: first each with its licence, then each distinct text once, under the names of
 * its packages.
 */
export function noticesOf(parts: readonly ThirdParty[]): string {
  const owners = new Map<string, Set<string>>();
  for (const { name, texts } of parts) {
    for (const text of texts) {
      const lines = text.replaceAll("\r\n", "\n").trim();
      owners.set(lines, (owners.get(lines) ?? new Set<string>()).add(name));
    }
  }
  const list = [...new Set(parts.map(({ name, license }) => `${name} (${license})`))];
  const bodies = [...owners].map(([text, names]) => `${"=".repeat(80)}\n${[...names].join("\n")}\n\n${text}\n`);
  return `This program holds the following software of others.\n\n${list.join("\n")}\n\n${bodies.join("\n")}`;
}
