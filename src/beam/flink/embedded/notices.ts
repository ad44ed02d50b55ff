/** Collects licences and notices of the Maven artifacts in the jar for clusters. */
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { BlobReader, configure, type Entry, TextWriter, ZipReader } from "@zip.js/zip.js";
import { noticesOf, type ThirdParty } from "../third-party";
import type { MavenArtifact } from "../../process/maven";

/** Artifacts that a cluster has. The shade plugin's `artifactSet` leaves out the same. */
const NOT_IN_THE_JAR = /^(org\.apache\.flink:|com\.ververica:frocksdbjni:|org\.slf4j:|org\.apache\.logging\.log4j:)/;
const IN_THE_JAR = new Set(["compile", "runtime"]);
/** `LICENSE`, `META-INF/NOTICE.txt`, `META-INF/license/LICENSE.boringssl.txt`, `META-INF/FastDoubleParser-LICENSE`. */
const LEGAL_ENTRY = /^(META-INF\/)?([^/]*(licen[cs]e|notice|copying)[^/]*)(\/[^/]+)*$/i;
/** Each artifact that was packed into a jar leaves this file there. */
const PACKED_POM = /^META-INF\/maven\/([^/]+)\/([^/]+)\/pom\.xml$/;
const LICENSE_NAME = /<license>[\s\S]*?<name>([\s\S]*?)<\/name>[\s\S]*?<\/license>/g;

/** Returns one text about all artifacts in the jar. */
export async function jarNotices(artifacts: readonly MavenArtifact[]): Promise<string> {
  configure({ useWebWorkers: false });
  const shaded = artifacts.filter(
    ({ coordinates, scope }) => IN_THE_JAR.has(scope) && !NOT_IN_THE_JAR.test(coordinates),
  );
  const parts: ThirdParty[] = [];
  for (const artifact of shaded.toSorted(byCoordinates)) parts.push(...(await partsOf(artifact)));
  return noticesOf(parts);
}

function byCoordinates(one: MavenArtifact, other: MavenArtifact): number {
  return one.coordinates < other.coordinates ? -1 : 1;
}

/** Returns the artifact, and those that were packed into it. */
async function partsOf({ coordinates, file }: MavenArtifact): Promise<ThirdParty[]> {
  const [group = "", name = ""] = coordinates.split(":");
  const version = coordinates.split(":").at(-1) ?? "";
  const reader = new ZipReader(new BlobReader(await openAsBlob(file)));
  try {
    const entries = await reader.getEntries();
    const texts = await Promise.all(
      entries.filter(({ filename }) => LEGAL_ENTRY.test(filename) && !filename.endsWith(".class")).map(textOf),
    );
    const license = (await licensesOf(file, [group, name, version])).join(", ");
    const packed = entries
      .filter(
        (entry) => PACKED_POM.test(entry.filename) && entry.filename !== `META-INF/maven/${group}/${name}/pom.xml`,
      )
      .map(async (entry) => {
        const [, packedGroup, packedName] = PACKED_POM.exec(entry.filename) ?? [];
        const stated = licenseNames(await textOf(entry)).join(", ") || `as ${group}:${name} states it`;
        return { name: `${packedGroup}:${packedName}, in ${group}:${name}`, license: stated, texts: [] };
      });
    const own = { name: `${group}:${name} ${version}`, license, texts: texts.filter((text) => text.trim() !== "") };
    return [own, ...(await Promise.all(packed))];
  } finally {
    await reader.close();
  }
}

async function textOf(entry: Entry): Promise<string> {
  return entry.directory ? "" : entry.getData(new TextWriter());
}

type Coordinates = readonly [group: string, name: string, version: string];

/**
 * Reads the licences in the artifact's pom or in the nearest parent that has any. Poms are beside the jar in Maven's
 * repository.
 */
async function licensesOf(jar: string, [group, name, version]: Coordinates): Promise<readonly string[]> {
  const repository = path.resolve(path.dirname(jar), ...[...group.split("."), name, version].map(() => ".."));
  let at: Coordinates | undefined = [group, name, version];
  while (at !== undefined) {
    const pom: string = await readFile(pomOf(repository, at), "utf8").catch(() => "");
    const names = licenseNames(pom);
    if (names.length > 0) return names;
    at = parentOf(pom);
  }
  return ["unknown"];
}

function licenseNames(pom: string): readonly string[] {
  return [...pom.matchAll(LICENSE_NAME)].map((match) => (match[1] ?? "").replaceAll(/\s+/g, " ").trim());
}

function pomOf(repository: string, [group, name, version]: Coordinates): string {
  return path.join(repository, ...group.split("."), name, version, `${name}-${version}.pom`);
}

function parentOf(pom: string): Coordinates | undefined {
  const [, parent = ""] = /<parent>([\s\S]*?)<\/parent>/.exec(pom) ?? [];
  const [group, name, version] = ["groupId", "artifactId", "version"].map(
    (tag) => new RegExp(`<${tag}>\\s*(.*?)\\s*</${tag}>`).exec(parent)?.[1],
  );
  return group === undefined || name === undefined || version === undefined ? undefined : [group, name, version];
}
