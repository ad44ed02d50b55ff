import { createGunzip } from "node:zlib";
import { ZstdOpener } from "../../chat/steps/records/zstd";
import { WindowTooLarge } from "../../chat/steps/records/zstd-frames";
import type { Compression } from "./sniff";

/** Compressed data that cannot be opened from some place on. */
export class UnopenableData extends Error {
  constructor(
    compression: Compression,
    cause: unknown,
    /** Words that tell it of the file. */
    readonly words = `its ${compression} data are damaged or cut from here on, so the rest is not read`,
  ) {
    super(`The ${compression} data cannot be opened.`, { cause });
    this.name = "UnopenableData";
  }
}

const CHUNK_BYTES = 256 * 1024;
/** DEFLATE makes at most 1,032 bytes of one, so a slice makes 16 MiB at most. */
const GZIP_SLICE_BYTES = 16 * 1024;
/** As much as the zstd program opens by itself (ZSTD_WINDOWLOG_LIMIT_DEFAULT). A partition holds one window. */
const MAX_ZSTD_WINDOW_BYTES = 128 * 1024 * 1024;
/** A block of zstd takes 4 bytes at least and makes 128 KiB at most, so a slice makes 16 MiB at most. */
const ZSTD_SLICE_BYTES = 512;

/**
 * The content of a compressed file, chunk by chunk, as far as it is asked for. Files of several members or frames, one
 * after the other, are read to the end. A bomb is opened no faster than it is read. Throws `UnopenableData`, or what
 * reading throws.
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

/** Gives out the content before a damage, which a pipe would drop. */
async function* gunzipped(blocks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const opened: Buffer[] = [];
  let failure: Error | undefined;
  let isOver = (): void => undefined;
  // One promise for each slice: racing a promise of the whole file's end would keep a reaction of each slice alive.
  const until = (begin: () => void): Promise<void> =>
    new Promise((resolve) => {
      isOver = resolve;
      begin();
    });
  gunzip.on("data", (chunk: Buffer) => void opened.push(chunk));
  gunzip.on("error", (error) => (failure = error));
  gunzip.on("close", () => isOver());
  try {
    for await (const block of blocks) {
      for (let at = 0; at < block.length; at += GZIP_SLICE_BYTES) {
        await until(() => gunzip.write(block.subarray(at, at + GZIP_SLICE_BYTES), () => isOver()));
        yield* opened.splice(0);
        if (failure !== undefined) throw new UnopenableData("gzip", failure);
      }
    }
    await until(() => (gunzip.closed ? isOver() : gunzip.end()));
    yield* opened.splice(0);
    if (failure !== undefined) throw new UnopenableData("gzip", failure);
  } finally {
    gunzip.destroy();
  }
}

async function* unzstd(blocks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const opened: Buffer[] = [];
  let failure: UnopenableData | undefined;
  const take = (part: Uint8Array): void => void opened.push(Buffer.from(part.buffer, part.byteOffset, part.length));
  const zstd = new ZstdOpener(take, MAX_ZSTD_WINDOW_BYTES);
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failure = unopenable(error);
    }
  };
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += ZSTD_SLICE_BYTES) {
      attempt(() => zstd.push(block.subarray(at, at + ZSTD_SLICE_BYTES)));
      yield* opened.splice(0);
      if (failure !== undefined) throw failure;
    }
  }
  attempt(() => zstd.end());
  yield* opened.splice(0);
  if (failure !== undefined) throw failure;
}

function unopenable(error: unknown): UnopenableData {
  if (!(error instanceof WindowTooLarge)) return new UnopenableData("zstd", error);
  const { windowBytes, maxWindowBytes } = error;
  const words = `its zstd data ask for a window of ${windowBytes} bytes, more than ${maxWindowBytes}, so the rest is not read; compress it again with --long=27 or less`;
  return new UnopenableData("zstd", error, words);
}
