import path from "node:path";

const LOCAL = path.resolve(__dirname, "../../../.local");

/** A folder below `.local/<name>` that no other process of the same run of tests has; what is in it stays. */
export function processFolder(name: string): string {
  return path.join(LOCAL, name, process.env["MOCHA_WORKER_ID"] ?? "0");
}
