import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import type { Compression } from "./sniff";

/** Compressed data that cannot be opened from some place on. */
export class DamagedData extends Error {
  constructor(
    readonly compression: Compression,
    cause: unknown,
  ) {
    super(`The ${compression} data are damaged.`, { cause });
    this.name = "DamagedData";
  }
}

const CHUNK_BYTES = 256 * 1024;
/** A block of zstd takes 4 bytes at least and makes 128 KiB at most, so a slice makes 16 MiB at most. */
const ZSTD_SLICE_BYTES = 512;

/**
 * The content of a compressed file, chunk by chunk, as far as it is asked for. Files of several members or frames, one
 * after the other, are read to the end. Throws `DamagedData`, or what reading throws.
 */
export function decompressed(
  compression: Compression,
  blocks: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer, void> {
  switch (compression) {
    case "none":
      return blocks;
    case "gzip":
      return gunzipped(blocks);
    case "zstd":
      return unzstd(blocks);
  }
}

async function* gunzipped(blocks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const source = Readable.from(blocks, { objectMode: true, highWaterMark: 1 });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on("error", (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    throw isOfZlib(error) ? new DamagedData("gzip", error) : error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function* unzstd(blocks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const opened: Buffer[] = [];
  const zstd = new Decompress((chunk) => void opened.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)));
  const push = (slice: Uint8Array, isLast: boolean): void => {
    try {
      zstd.push(slice, isLast);
    } catch (error) {
      throw new DamagedData("zstd", error);
    }
  };
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += ZSTD_SLICE_BYTES) {
      // The library keeps what it has not used yet, which must not be a view of the block.
      push(Uint8Array.from(block.subarray(at, at + ZSTD_SLICE_BYTES)), false);
      yield* opened.splice(0);
    }
  }
  push(new Uint8Array(0), true);
  yield* opened.splice(0);
}

function isOfZlib(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
