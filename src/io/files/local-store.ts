import { open } from "node:fs/promises";
import { type FileStore, ChangedFile } from "./api";
import type { ListedFile } from "./settings";

/** Files of this machine. Each call opens the file and closes it, so that nothing is held between bundles. */
export const localStore: FileStore = {
  async read(file, from, maxBytes) {
    const handle = await open(pathOf(file));
    try {
      const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(maxBytes, file.bytes - from)));
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, from + length);
        if (bytesRead === 0) throw new ChangedFile(file.name);
        length += bytesRead;
      }
      // Looked at after reading, so that a change between both is noticed.
      const { size, mtimeMs } = await handle.stat();
      if (size !== file.bytes || localVersion(mtimeMs) !== file.version) throw new ChangedFile(file.name);
      return buffer;
    } finally {
      await handle.close();
    }
  },
};

/** A file's version; editors and copies set the time of change anew. */
export function localVersion(mtimeMs: number): string {
  return String(mtimeMs);
}

function pathOf({ at, name }: ListedFile): string {
  if (at.kind !== "local") throw new Error(`${name} does not lie on this machine.`);
  return at.path;
}
