import type { ListedFile } from "./settings";

/** Few requests for S3, and little memory: each partition holds two of them, and first ones of files to come. */
export const BLOCK_BYTES = 4 * 1024 * 1024;

/** Reads a block of a file, which is shorter at the file's end alone. */
export type ReadBlock = (file: ListedFile, from: number, maxBytes: number) => Promise<Buffer>;

/**
 * A file's bytes from `from` on, block by block; the next one is fetched while this one is worked on. `first` is the
 * first block, where it is there.
 */
export async function* blocksOf(
  file: ListedFile,
  from: number,
  read: ReadBlock,
  first?: Buffer,
): AsyncGenerator<Buffer, void> {
  let next = first === undefined ? fetchAt(file, from, read) : Promise.resolve(first);
  for (let at = from; next !== undefined;) {
    const block = await next;
    at += block.length;
    next = fetchAt(file, at, read);
    yield block;
  }
}

function fetchAt(file: ListedFile, from: number, read: ReadBlock): Promise<Buffer> | undefined {
  if (from >= file.bytes) return undefined;
  const block = read(file, from, BLOCK_BYTES);
  // Nobody awaits it when reading ends before.
  block.catch(() => undefined);
  return block;
}
