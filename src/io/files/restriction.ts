import { compactCoder } from "../../beam";
import { readMs, writeMs } from "../../chat/coders/fields";

/** Progress of a lane: all units before `unit` are done, and of that one all records before `offset`. */
export interface LaneRestriction {
  /** Index among the lane's units. */
  readonly unit: number;
  /** Where the next record begins, in bytes of the uncompressed file; `UNOPENED` before the unit's first one. */
  readonly offset: number;
  /** Number of the line that begins there, from 1; 0 when the unit does not begin with its file. */
  readonly line: number;
  /** True when the rest was given away. */
  readonly isGiven: boolean;
}

/** A unit's first record need not begin where its range does. */
export const UNOPENED = -1;

export const START_OF_LANE: LaneRestriction = { unit: 0, offset: UNOPENED, line: 0, isGiven: false };

export const laneRestrictionCoder = compactCoder<LaneRestriction>("beam-chat-sessions:coder:files_lane", 1, {
  write({ unit, offset, line, isGiven }, writer) {
    writer.uint32(unit);
    // As 64 bits, because files may have more than 4 GiB.
    writeMs(offset, writer);
    writeMs(line, writer);
    writer.bool(isGiven);
  },
  read: (reader) => ({ unit: reader.uint32(), offset: readMs(reader), line: readMs(reader), isGiven: reader.bool() }),
});
