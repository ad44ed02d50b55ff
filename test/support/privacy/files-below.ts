import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface FoundFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** All files below a folder; those that are deleted meanwhile are left out. */
export function filesBelow(folder: string): readonly FoundFile[] {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const own = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(own);
    const bytes = entry.isFile() ? unlessGone(() => readFileSync(own)) : undefined;
    return bytes === undefined ? [] : [{ path: own, bytes }];
  });
}

/** Undefined where the file or folder is deleted meanwhile, or its process has ended. */
export function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
