/** Opens what a split holds: uncompressed bytes from a position on, and how they are divided into records. */
import { blocksOf, type ReadBlock } from "./blocks";
import { UnopenableData, decompressed } from "./decompress";
import type { Split } from "./plan";
import { type PartitionRestriction, UNOPENED } from "./restriction";
import type { Form } from "./settings";
import { compressionOf, foreignFormat, formOf, markBytes } from "./sniff";

export type SplitPosition = Pick<PartitionRestriction, "offset" | "line">;

export interface Content {
  readonly form: Form;
  /** Where `chunks` begins. */
  readonly at: SplitPosition;
  readonly chunks: AsyncGenerator<Buffer, void>;
  /** Words about why nothing of it can be read, if that is so. */
  readonly trouble?: string;
}

/**
 * `first` reads the file's first block, which may have been fetched before. Rejects with what reading rejects with;
 * damaged data are trouble.
 */
export async function openContent(
  { file, from }: Split,
  position: SplitPosition,
  form: Form,
  read: ReadBlock,
  first: () => Promise<Buffer>,
): Promise<Content> {
  const isOpened = position.offset !== UNOPENED;
  if (file.isSplittable && (isOpened || from > 0)) {
    // The byte before the range tells whether a line begins at the range's first one.
    const at = isOpened ? position : { offset: from - 1, line: 0 };
    return { form: "lines", at, chunks: blocksOf(file, at.offset, read) };
  }
  const start = await first();
  const foreign = foreignFormat(start);
  if (foreign !== undefined) return troubled(`it is ${foreign}, which holds no lines of JSON`);
  const compression = compressionOf(start);
  if (compression === "none" && isOpened) {
    return { form: formOf(start, form), at: position, chunks: blocksOf(file, position.offset, read) };
  }
  const content = decompressed(compression, blocksOf(file, 0, read, start));
  try {
    const { value } = await content.next();
    const head = value ?? Buffer.alloc(0);
    const at = isOpened ? position : { offset: markBytes(head), line: 1 };
    return { form: formOf(head, form), at, chunks: skipping(at.offset, head, content) };
  } catch (error) {
    if (error instanceof UnopenableData) return troubled(error.words);
    throw error;
  }
}

function troubled(trouble: string): Content {
  return { form: "lines", at: { offset: 0, line: 1 }, chunks: noBytes(), trouble };
}

/** Compressed data can be opened from their beginning only, so what is before the position is opened and dropped. */
async function* skipping(
  offset: number,
  head: Buffer,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer, void> {
  let at = head.length;
  try {
    if (at > offset) yield head.subarray(offset);
    for await (const chunk of rest) {
      const from = Math.max(0, offset - at);
      at += chunk.length;
      if (from < chunk.length) yield from === 0 ? chunk : chunk.subarray(from);
    }
  } finally {
    await rest.return();
  }
}

async function* noBytes(): AsyncGenerator<Buffer, void> {}
