/** Divides the files among lanes. Pure: every worker plans the same. */
import type { ListedFile } from "./settings";

/** A piece of work: the records of a file that begin in a range of its bytes. */
export interface Unit {
  readonly file: ListedFile;
  /** The bytes from `from` up to, but not including, `to`; of a compressed file all. */
  readonly from: number;
  readonly to: number;
}

/** Large enough that opening a range costs nothing beside reading it, small enough that lanes stay close together. */
export const RANGE_BYTES = 32 * 1024 * 1024;

/** All units, in the order of reading. With one lane nothing is gained by ranges. */
export function unitsOf(files: readonly ListedFile[], lanes: number): readonly Unit[] {
  return files.flatMap((file) => {
    const { bytes, isSplittable } = file;
    if (!isSplittable || lanes === 1) return [{ file, from: 0, to: bytes }];
    const count = Math.max(1, Math.ceil(bytes / RANGE_BYTES));
    return Array.from({ length: count }, (_, index) => ({
      file,
      from: index * RANGE_BYTES,
      to: Math.min(bytes, (index + 1) * RANGE_BYTES),
    }));
  });
}

/**
 * The units of one lane, in order: every so many of all. So lanes that are equally fast read neighbours, and what they
 * have read together is a prefix of the whole, give or take a unit of each.
 */
export function unitsOfLane(units: readonly Unit[], lane: number, lanes: number): readonly Unit[] {
  return units.filter((_, index) => index % lanes === lane);
}
