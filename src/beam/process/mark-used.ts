import { utimes } from "node:fs/promises";

/**
 * Updates the modification time, which says when a file or folder that a start made was last used. A parallel start may
 * have removed it.
 */
export async function markUsed(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
}
