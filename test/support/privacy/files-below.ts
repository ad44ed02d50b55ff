import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface KeptFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** All files below a folder; those that are deleted meanwhile are left out. */
export function filesBelow(folder: string): readonly KeptFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry): KeptFile[] => {
    if (!entry.isFile()) return [];
    const file = path.join(entry.parentPath, entry.name);
    try {
      return [{ path: file, bytes: readFileSync(file) }];
    } catch {
      return [];
    }
  });
}
