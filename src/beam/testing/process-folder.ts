import path from "node:path";
import { cacheDirectory } from "../process/cache-directory";

/** A folder `<name>` of the cache that no other process of the same run of tests has; what is in it stays. */
export function processFolder(name: string): string {
  return path.join(cacheDirectory(), name, process.env["MOCHA_WORKER_ID"] ?? "0");
}
