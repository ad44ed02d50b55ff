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
/** DEFLATE makes at most 1,032 bytes of one, so a slice makes 16 MiB at most. */
const GZIP_SLICE_BYTES = 16 * 1024;
/** A block of zstd takes 4 bytes at least and makes 128 KiB at most, so a slice makes 16 MiB at most. */
const ZSTD_SLICE_BYTES = 512;

/**
 * The content of a compressed file, chunk by chunk, as far as it is asked for. Files of several members or frames, one
 * after the other, are read to the end. A bomb is opened no faster than it is read. Throws `DamagedData`, or what reading throws.
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

/** What was opened before the data are damaged is given out, which a pipe would drop. */
async function* gunzipped(blocks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const opened: Buffer[] = [];
  let failure: Error | undefined;
  gunzip.on("data", (chunk: Buffer) => void opened.push(chunk));
  gunzip.on("error", (error) => (failure = error));
  const closed = new Promise<void>((resolve) => gunzip.once("close", () => resolve()));
  const write = (slice: Buffer): Promise<void> =>
    Promise.race([closed, new Promise<void>((resolve) => gunzip.write(slice, () => resolve()))]);
  try {
    for await (const block of blocks) {
      for (let at = 0; at < block.length; at += GZIP_SLICE_BYTES) {
        await write(block.subarray(at, at + GZIP_SLICE_BYTES));
        yield* opened.splice(0);
        if (failure !== undefined) throw new DamagedData("gzip", failure);
      }
    }
    gunzip.end();
    await closed;
    yield* opened.splice(0);
    if (failure !== undefined) throw new DamagedData("gzip", failure);
  } finally {
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
