/** Licences and notices of the Maven artifacts whose classes stand in the jar for clusters. */
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { BlobReader, configure, type Entry, TextWriter, ZipReader } from "@zip.js/zip.js";
import { noticesOf, type ThirdParty } from "../third-party";
import type { MavenArtifact } from "../../process/maven";

/** What a cluster has: the shade plugin's `artifactSet` leaves out the same. */
const NOT_IN_THE_JAR = /^(org\.apache\.flink:|com\.ververica:frocksdbjni:|org\.slf4j:|org\.apache\.logging\.log4j:)/;
const IN_THE_JAR = new Set(["compile", "runtime"]);
/** `LICENSE`, `META-INF/NOTICE.txt`, `META-INF/license/LICENSE.boringssl.txt`, `META-INF/FastDoubleParser-LICENSE`. */
const LEGAL_ENTRY = /^(META-INF\/)?([^/]*(licen[cs]e|notice|copying)[^/]*)(\/[^/]+)*$/i;
/** Left in a jar by each artifact that was packed into it. */
const PACKED_ARTIFACT = /^META-INF\/maven\/([^/]+)\/([^/]+)\/pom\.properties$/;
const LICENSE_NAME = /<license>[\s\S]*?<name>([\s\S]*?)<\/name>[\s\S]*?<\/license>/g;

/** One text about all artifacts of the jar. */
export async function jarNotices(artifacts: readonly MavenArtifact[]): Promise<string> {
  configure({ useWebWorkers: false });
  const shaded = artifacts.filter(
    ({ coordinates, scope }) => IN_THE_JAR.has(scope) && !NOT_IN_THE_JAR.test(coordinates),
  );
  const parts: ThirdParty[] = [];
  for (const artifact of shaded) parts.push(...(await partsOf(artifact)));
  return noticesOf(parts);
}

/** The artifact, and those that were packed into it; these have its licences where they bring none. */
async function partsOf({ coordinates, file }: MavenArtifact): Promise<ThirdParty[]> {
  const [group = "", name = ""] = coordinates.split(":");
  const version = coordinates.split(":").at(-1) ?? "";
  const reader = new ZipReader(new BlobReader(await openAsBlob(file)));
  try {
    const entries = await reader.getEntries();
    const texts = await Promise.all(
      entries.filter(({ filename }) => LEGAL_ENTRY.test(filename) && !filename.endsWith(".class")).map(textOf),
    );
    const packed = entries.flatMap(({ filename }) => {
      const [, packedGroup, packedName] = PACKED_ARTIFACT.exec(filename) ?? [];
      const isOwn = packedName === undefined || (packedGroup === group && packedName === name);
      return isOwn ? [] : [`${packedGroup}:${packedName}`];
    });
    const license = (await licensesOf(file, [group, name, version])).join(", ");
    const own = { name: `${group}:${name} ${version}`, license, texts: texts.filter((text) => text.trim() !== "") };
    return [own, ...packed.map((each) => ({ name: `${each}, in ${group}:${name}`, license, texts: [] }))];
  } finally {
    await reader.close();
  }
}

async function textOf(entry: Entry): Promise<string> {
  return entry.directory ? "" : entry.getData(new TextWriter());
}

type Coordinates = readonly [group: string, name: string, version: string];

/** By its pom or the next parent that names any, beside the jar in Maven's repository. */
async function licensesOf(jar: string, [group, name, version]: Coordinates): Promise<readonly string[]> {
  const repository = path.resolve(path.dirname(jar), ...[...group.split("."), name, version].map(() => ".."));
  let at: Coordinates | undefined = [group, name, version];
  while (at !== undefined) {
    const pom: string = await readFile(pomOf(repository, at), "utf8").catch(() => "");
    const names = [...pom.matchAll(LICENSE_NAME)].map((match) => (match[1] ?? "").replaceAll(/\s+/g, " ").trim());
    if (names.length > 0) return names;
    at = parentOf(pom);
  }
  return ["unknown"];
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
