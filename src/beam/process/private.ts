/** Files and folders that only their own user can read or write, since pipelines process private data. */
import { chmod, lstat, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { FolderError } from "../error";

const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;
/** Denies group and others all rights to new files. */
const PRIVATE_UMASK = 0o077;
const FOR_OTHERS = 0o077;
const WRITABLE_FOR_OTHERS = 0o002;

/**
 * Makes the folder, or removes other users' rights from an existing one. Rejects with a FolderError when it cannot be
 * made, when it belongs to another user, or when everybody could write there or replace it by a link, and so may have
 * done so already.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolder(path.resolve(folder)).catch((cause: unknown) => {
    throw unwritable(folder, cause);
  });
  const user = process.getuid?.();
  // Windows has no such rights; by default only the user has access.
  if (user === undefined) return;
  if ((await lstat(folder)).isSymbolicLink() && isOpen(await stat(path.dirname(path.resolve(folder))))) {
    throw refusal(folder, "is a link where everybody may make one");
  }
  const found = await stat(folder);
  if (found.uid !== user) throw refusal(folder, "belongs to another user");
  if (isOpen(found)) throw refusal(folder, "may be written by everybody, and so may hold what others put there");
  if ((found.mode & FOR_OTHERS) !== 0) await chmod(folder, PRIVATE_FOLDER_MODE);
}

/**
 * Makes the folder and its missing parents. Node.js's own `recursive` tries for ever where the system answers ENOENT,
 * as in /proc.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeLast(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || path.dirname(folder) === folder) throw error;
    await makeFolder(path.dirname(folder));
    await makeLast(folder);
  }
}

async function makeLast(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: PRIVATE_FOLDER_MODE });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST" && (await stat(folder)).isDirectory();
    if (!exists) throw error;
  }
}

export function unwritable(folder: string, cause: unknown): FolderError {
  return new FolderError(`The data folder ${folder} cannot be written: choose another.`, { cause });
}

/** Runs `start` with a umask that makes the files of processes started by it private. */
export function privately<T>(start: () => T): T {
  const before = process.umask(PRIVATE_UMASK);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

function isOpen({ mode }: { readonly mode: number }): boolean {
  return (mode & WRITABLE_FOR_OTHERS) !== 0;
}

function refusal(folder: string, why: string): FolderError {
  return new FolderError(
    `${folder} ${why}: choose another folder, or take this one from all others (chown, chmod 700).`,
  );
}
