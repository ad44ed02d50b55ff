/** Divides the files among partitions. Pure: every worker plans the same. */
import type { ListedFile } from "./settings";

/** The records of a file that begin in a range of its bytes. */
export interface Split {
  readonly file: ListedFile;
  /** The bytes from `from` up to, but not including, `to`; of a compressed file all. */
  readonly from: number;
  readonly to: number;
}

/**
 * Large enough that opening a range costs nothing beside reading it, small enough that partitions stay close together.
 */
export const RANGE_BYTES = 32 * 1024 * 1024;

/** All splits, in the order of reading. With one partition nothing is gained by ranges. */
export function splitsOf(files: readonly ListedFile[], partitions: number): readonly Split[] {
  return files.flatMap((file) => {
    const { bytes, isSplittable } = file;
    if (!isSplittable || partitions === 1) return [{ file, from: 0, to: bytes }];
    const count = Math.max(1, Math.ceil(bytes / RANGE_BYTES));
    return Array.from({ length: count }, (_, index) => ({
      file,
      from: index * RANGE_BYTES,
      to: Math.min(bytes, (index + 1) * RANGE_BYTES),
    }));
  });
}

/**
 * The splits of one partition, in order: every so many of all. So partitions that are equally fast read neighbours, and
 * what they have read together is a prefix of the whole, give or take a split of each.
 */
export function splitsOfPartition(splits: readonly Split[], partition: number, partitions: number): readonly Split[] {
  return splits.filter((_, index) => index % partitions === partition);
}
