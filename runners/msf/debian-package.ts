/** Reads the files of a Debian package: an `ar` archive, in which a tar archive compressed by xz holds them. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream } from "node:stream/web";
import { extract } from "tar-stream";
import { XzReadableStream } from "xz-decompress";

const AR_MAGIC = "!<arch>\n";
/** ar(5): name 16, time 12, owner 6, group 6, mode 8, size 10, end mark 2 characters. */
const AR_HEADER_BYTES = 60;
const AR_NAME_BYTES = 16;
const AR_SIZE_START = 48;
const AR_SIZE_BYTES = 10;

/**
 * The wanted regular files by their absolute names (`/lib/x86_64-linux-gnu/libc.so.6`). Rejects when one is missing, or
 * when the package is not in the form that Debian has used since version 12.
 */
export async function filesOfDebianPackage(content: Buffer, wanted: readonly string[]): Promise<Map<string, Buffer>> {
  return filesOfTar(withoutXz(memberOf(content, "data.tar.xz")), wanted, (name) => name.replace(/^\./, ""));
}

export function withoutXz(content: Uint8Array): Readable {
  const compressed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(content);
      controller.close();
    },
  });
  return Readable.fromWeb(new XzReadableStream(compressed));
}

/** The wanted regular files of a tar archive. Rejects when one is missing. */
export async function filesOfTar(
  archive: Readable,
  wanted: readonly string[],
  nameOf: (entry: string) => string = (entry) => entry,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = extract();
  const reading = pipeline(archive, entries);
  reading.catch(() => undefined);
  for await (const entry of entries) {
    const name = nameOf(entry.header.name);
    if (entry.header.type !== "file" || !wanted.includes(name)) {
      entry.resume();
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(name, Buffer.concat(chunks));
  }
  await reading;
  const missing = wanted.find((name) => !files.has(name));
  if (missing !== undefined) throw new Error(`the archive has no file ${missing}`);
  return files;
}

function memberOf(archive: Buffer, name: string): Buffer {
  if (archive.toString("latin1", 0, AR_MAGIC.length) !== AR_MAGIC) throw new Error("this is not a Debian package");
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= archive.length;) {
    const header = archive.toString("latin1", at, at + AR_HEADER_BYTES);
    const size = Number(header.slice(AR_SIZE_START, AR_SIZE_START + AR_SIZE_BYTES));
    const start = at + AR_HEADER_BYTES;
    if (header.slice(0, AR_NAME_BYTES).trim().replace(/\/$/, "") === name) {
      return archive.subarray(start, start + size);
    }
    // Members begin at even places.
    at = start + size + (size % 2);
  }
  throw new Error(`the Debian package has no member ${name}`);
}
