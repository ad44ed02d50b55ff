import { access } from "node:fs/promises";

/** Resolves with true when there is a file or folder at this path. */
export function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
