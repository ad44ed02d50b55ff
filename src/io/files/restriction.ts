import { compactCoder } from "../../beam";
import { readMs, writeMs } from "../../chat/coders/fields";

/** Progress of a partition: all splits before `split` are done, and of that one all records before `offset`. */
export interface PartitionRestriction {
  /** Index among the partition's splits. */
  readonly split: number;
  /** Where the next record begins, in bytes of the uncompressed file; `UNOPENED` before the split's first one. */
  readonly offset: number;
  /** Number of the line that begins there, from 1; 0 when the split does not begin with its file. */
  readonly line: number;
  /** True when the rest was given away. */
  readonly isGiven: boolean;
}

/** A split's first record need not begin where its range does. */
export const UNOPENED = -1;

export const START_OF_PARTITION: PartitionRestriction = { split: 0, offset: UNOPENED, line: 0, isGiven: false };

export const partitionRestrictionCoder = compactCoder<PartitionRestriction>(
  "beam-chat-sessions:coder:files_partition",
  1,
  {
    write({ split, offset, line, isGiven }, writer) {
      writer.uint32(split);
      // As 64 bits, because files may have more than 4 GiB.
      writeMs(offset, writer);
      writeMs(line, writer);
      writer.bool(isGiven);
    },
    read: (reader) => ({
      split: reader.uint32(),
      offset: readMs(reader),
      line: readMs(reader),
      isGiven: reader.bool(),
    }),
  },
);
