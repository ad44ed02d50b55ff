/** The list of files travels with the pipeline, so that every worker, and every restart, reads the same. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { ListedFile } from "./settings";

/**
 * Encodes files as plain data. Names and versions repeat themselves, so it takes some 30 bytes a file: 100,000 of them
 * stay below the 4 MiB that gRPC accepts as one message.
 */
export function packed(files: readonly ListedFile[]): string {
  return deflateRawSync(JSON.stringify(files)).toString("base64");
}

export function unpacked(files: string): readonly ListedFile[] {
  if (files === "") return [];
  return JSON.parse(inflateRawSync(Buffer.from(files, "base64")).toString("utf8")) as readonly ListedFile[];
}

/** Sorts by name, as S3 lists keys: the order in which files are read. */
export function inNameOrder(files: readonly ListedFile[]): readonly ListedFile[] {
  return files.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
