import path from "node:path";
import { cacheDirectory } from "../process/cache-directory";

/** Returns a folder `<name>` in the cache that no other process of the same test run uses. It is not deleted. */
export function processFolder(name: string): string {
  return path.join(cacheDirectory(), name, process.env["MOCHA_WORKER_ID"] ?? "0");
}
