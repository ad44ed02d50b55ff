import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { JobError } from "../../chat/errors";
import { localVersion } from "./local-store";
import { tryAtStart } from "./keep-trying";
import { RANGE_BYTES } from "./plan";
import type { ListedFile } from "./settings";
import { compressionOf, foreignFormat, formOf, SNIFFED_BYTES } from "./sniff";

interface Found {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/**
 * The files of these absolute paths, folders with all that is below them. Hidden files, those that begin with an
 * underscore (such as _SUCCESS) and empty ones are left out of folders.
 */
export async function listLocal(paths: readonly string[]): Promise<readonly ListedFile[]> {
  const found = new Map<string, Found>();
  const folders: string[] = [];
  for (const given of paths) {
    const { folder, files } = await tryAtStart({ operation: "open", name: given }, () => filesOf(given));
    if (files.length === 0) throw new JobError("INPUT_NOT_FOUND", `${given} has no file with content in it.`);
    folders.push(folder);
    for (const file of files) found.set(file.path, file);
  }
  const root = commonFolder(folders);
  const listed: ListedFile[] = [];
  for (const file of found.values()) listed.push(await listedFile(file, root));
  return listed;
}

async function filesOf(given: string): Promise<{ readonly folder: string; readonly files: readonly Found[] }> {
  const facts = await stat(given);
  if (!facts.isDirectory()) {
    return { folder: path.dirname(given), files: facts.size === 0 ? [] : [foundAt(given, facts)] };
  }
  const entries = await readdir(given, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(pathOf);
  const wanted = names.filter((file) => !path.relative(given, file).split(path.sep).some(isLeftOut));
  const files: Found[] = [];
  for (const file of wanted) {
    // A link to nowhere is no file.
    const own = await stat(file).catch(() => undefined);
    if (own?.isFile() === true && own.size > 0) files.push(foundAt(file, own));
  }
  return { folder: given, files };
}

function pathOf({ parentPath, name }: { readonly parentPath: string; readonly name: string }): string {
  return path.join(parentPath, name);
}

function foundAt(file: string, { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): Found {
  return { path: file, bytes: size, mtimeMs };
}

function isLeftOut(name: string): boolean {
  return name.startsWith(".") || name.startsWith("_");
}

async function listedFile({ path: file, bytes, mtimeMs }: Found, root: string): Promise<ListedFile> {
  const name = path.relative(root, file).split(path.sep).join("/");
  const first = await tryAtStart({ operation: "open", name: file }, () => firstBytes(file));
  const foreign = foreignFormat(first);
  if (foreign !== undefined) {
    const sentence = `${file} is ${foreign}, which holds no lines of JSON: leave it out, or convert it.`;
    throw new JobError("INPUT_NOT_FOUND", sentence);
  }
  const isPlain = compressionOf(first) === "none" && formOf(first, "lines") === "lines";
  return {
    at: { kind: "local", path: file },
    name,
    bytes,
    modifiedMs: Math.floor(mtimeMs),
    version: localVersion(mtimeMs),
    isSplittable: isPlain && bytes > RANGE_BYTES,
  };
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(SNIFFED_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The deepest folder that holds all of these, so that names in it are short and different. */
function commonFolder(folders: readonly string[]): string {
  let common: readonly string[] = (folders[0] ?? path.sep).split(path.sep);
  for (const folder of folders) {
    const parts = folder.split(path.sep);
    const length = common.findIndex((part, index) => part !== parts[index]);
    if (length !== -1) common = common.slice(0, length);
  }
  return common.join(path.sep) || path.sep;
}
