/**
 * Fetches artifacts with Maven, and checks them against a list of hashes.
 *
 * 1. Maven refuses what does not match its registry's checksum. Where one is missing, artifacts are fetched without
 *    checksums: the list stands for them. It also protects from a registry whose content changed.
 * 2. The files in Maven's local repository are checked before anything runs, compiles or packs them.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { BeamError } from "../error";
import { sha256Of } from "./sha256";

/** The version that Maven 3 uses by default. Its `list` goal writes one line for each artifact. */
const LIST_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:2.8:list";

export interface MavenStep {
  readonly command: "mvn";
  readonly parameters: readonly string[];
}

/** The artifacts of one pom. Their hashes are beside it in `artifacts.sha256`. */
export interface MavenArtifacts {
  readonly pom: string;
  /** Profiles and properties that decide which artifacts there are. */
  readonly parameters?: readonly string[];
}

export interface MavenArtifact {
  /** Such as `org.slf4j:slf4j-api:jar:1.7.30`. A classifier would be before the version. */
  readonly coordinates: string;
  /** Such as `compile`. */
  readonly scope: string;
  readonly file: string;
}

/** With "lax", Maven takes files without their registry's checksums, and with wrong ones. */
export type RegistryChecksums = "strict" | "lax";

/** Makes a call of Maven, which fails on a file that does not match its registry's checksum, or has none. */
export function maven(pom: string, ...parameters: readonly string[]): MavenStep {
  return mavenWith("strict", pom, parameters);
}

/** Makes the call that writes the list for `readArtifacts`. */
export function listArtifacts(
  { pom, parameters = [] }: MavenArtifacts,
  target: string,
  checksums: RegistryChecksums,
): MavenStep {
  const output = ["-DoutputAbsoluteArtifactFilename=true", `-DoutputFile=${target}`];
  return mavenWith(checksums, pom, [LIST_GOAL, ...output, ...parameters]);
}

/** Makes the call that fetches what `listArtifacts` runs, and no artifact: its pom, in the folder, has none. */
export async function fetchLister(folder: string, parameters: readonly string[] = []): Promise<MavenStep> {
  const pom = path.join(folder, "empty.xml");
  await writeFile(pom, EMPTY_POM);
  return maven(pom, LIST_GOAL, ...parameters);
}

const EMPTY_POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>none</groupId><artifactId>none</artifactId><version>1</version><packaging>pom</packaging></project>
`;

/** True for the end of Maven's output where a registry gave no checksum, in the words of Maven 3. */
export function lacksChecksum(output: string): boolean {
  return output.includes("no checksums available");
}

function mavenWith(checksums: RegistryChecksums, pom: string, parameters: readonly string[]): MavenStep {
  return { command: "mvn", parameters: ["-B", "-q", "-ntp", `--${checksums}-checksums`, "-f", pom, ...parameters] };
}

/** Returns the path of a pom's list of hashes. */
export function hashListOf(pom: string): string {
  return path.join(path.dirname(pom), "artifacts.sha256");
}

/** Reads Maven's list, without modules of the project itself. */
export async function readArtifacts(file: string): Promise<readonly MavenArtifact[]> {
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.trim());
  return lines.flatMap((line) => {
    const [, coordinates, scope, name] = /^(\S+):([a-z]+):(\/.+|[A-Za-z]:[\\/].+)$/.exec(line) ?? [];
    return coordinates === undefined || scope === undefined || name === undefined
      ? []
      : [{ coordinates, scope, file: name }];
  });
}

/**
 * Checks the hashes. Rejects with LOCAL_SERVICE and one sentence that names an artifact with another hash or without
 * one.
 */
export async function checkArtifacts(artifacts: readonly MavenArtifact[], hashList: string): Promise<void> {
  const pinned = pinnedHashes(await readFile(hashList, "utf8"));
  for (const { coordinates, file } of artifacts) {
    const wanted = pinned.get(coordinates);
    const found = await sha256Of(file);
    if (found === wanted) continue;
    const why = wanted === undefined ? "has no hash in" : `has the SHA-256 ${found}, which is not its own in`;
    throw new BeamError(
      "LOCAL_SERVICE",
      `The Maven artifact ${coordinates} (${file}) ${why} ${hashList}: nothing is built from it. Maven fetches it anew once the file is deleted.`,
    );
  }
}

/** Writes the hashes of these artifacts as a list, in the format of `sha256sum`. */
export async function pinArtifacts(artifacts: readonly MavenArtifact[], hashList: string): Promise<void> {
  const lines = await Promise.all(
    artifacts.map(async ({ coordinates, file }) => `${await sha256Of(file)}  ${coordinates}`),
  );
  const byCoordinates = lines.toSorted((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1));
  await writeFile(hashList, `${[...new Set(byCoordinates)].join("\n")}\n`);
}

function pinnedHashes(list: string): ReadonlyMap<string, string> {
  const lines = list.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [hash = "", coordinates = ""] = line.split("  ");
      return [coordinates, hash];
    }),
  );
}
