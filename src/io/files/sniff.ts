/** Tells what a file is by its first bytes, whatever its name says. Pure. */
import type { Form } from "./settings";

export type Compression = "none" | "gzip" | "zstd";

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Formats that producers of buckets and exports write, and that hold no lines of text. */
const FOREIGN: readonly (readonly [name: string, beginning: readonly number[]])[] = [
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31]],
  ["an ORC file", [0x4f, 0x52, 0x43]],
  ["an Avro file", [0x4f, 0x62, 0x6a, 0x01]],
  ["a zip archive", [0x50, 0x4b, 0x03, 0x04]],
  ["an xz file", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["a bzip2 file", [0x42, 0x5a, 0x68]],
  ["a Snappy file", [0xff, 0x06, 0x00, 0x00]],
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["a picture", [0x89, 0x50, 0x4e, 0x47]],
  ["a picture", [0xff, 0xd8, 0xff]],
  ["text in UTF-16", [0xff, 0xfe]],
  ["text in UTF-16", [0xfe, 0xff]],
];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Bytes that are enough for all of these, and for the first line of a list or an object. */
export const SNIFFED_BYTES = 4_096;

export function compressionOf(first: Uint8Array): Compression {
  if (begins(first, GZIP)) return "gzip";
  return begins(first, ZSTD) ? "zstd" : "none";
}

/** The kind of the file, in words that follow "is"; undefined for one that may be text. */
export function foreignFormat(first: Uint8Array): string | undefined {
  return FOREIGN.find(([, beginning]) => begins(first, beginning))?.[0];
}

/**
 * The form of an uncompressed text: values for a list, and for an object over several lines, which the first line
 * shows.
 */
export function formOf(first: Uint8Array, given: Form): Form {
  if (given === "values") return given;
  const text = Buffer.from(withoutMark(first).subarray(0, SNIFFED_BYTES)).toString("latin1").trimStart();
  return text.startsWith("[") || /^\{\s*(\n|$)/.test(text) ? "values" : "lines";
}

/** Length of the mark with which some programs begin text in UTF-8. */
export function markBytes(first: Uint8Array): number {
  return begins(first, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
}

function withoutMark(first: Uint8Array): Uint8Array {
  return first.subarray(markBytes(first));
}

function begins(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}
