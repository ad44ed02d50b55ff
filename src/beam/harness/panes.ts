/**
 * Encodes and decodes panes as Beam's PaneInfo.PaneInfoCoder does. The low half of the first byte holds first, last and
 * timing; its high half says how many of the two indices follow.
 */
import type { Reader } from "protobufjs";
import { NO_FIRING, type Pane, type PaneTiming } from "../values";
import { readVarint, writeVarint } from "./varint";

const TIMINGS: readonly PaneTiming[] = ["EARLY", "ON_TIME", "LATE", "UNKNOWN"];
const TIMING_BITS: Readonly<Record<PaneTiming, number>> = { EARLY: 0, ON_TIME: 4, LATE: 8, UNKNOWN: 12 };
const FIRST_BIT = 1;
const LAST_BIT = 2;
const NO_FIRING_BYTE = FIRST_BIT | LAST_BIT | TIMING_BITS.UNKNOWN;

/** One header byte and two indices. */
export const MAX_PANE_BYTES = 21;

/** Panes without indices, which are the most frequent, are made once. */
const WITHOUT_INDICES: readonly Pane[] = Array.from({ length: 16 }, (_, low) =>
  low === NO_FIRING_BYTE ? NO_FIRING : Object.freeze(paneOf(low, 0, 0)),
);

export function readPane(reader: Reader): Pane {
  const header = reader.buf[reader.pos];
  if (header === undefined || reader.pos >= reader.len) throw new RangeError("A pane in the data does not end.");
  reader.pos++;
  const low = header & 0xf;
  const indices = header >> 4;
  if (indices === 0) return WITHOUT_INDICES[low]!;
  if (indices > 2) throw new RangeError(`A pane in the data has the unknown encoding ${indices}.`);
  const index = readVarint(reader);
  // A pane without a second index: an early pane has no non-speculative index; in any other both indices are equal.
  const derived = (low & 0xc) === TIMING_BITS.EARLY ? -1 : index;
  return paneOf(low, index, indices === 2 ? readVarint(reader) : derived);
}

/** Writes a pane. Returns the position behind it. */
export function writePane(pane: Pane, bytes: Uint8Array, start: number): number {
  const { timing, index, nonSpeculativeIndex } = pane;
  const isPlain = timing === "UNKNOWN" || (index === 0 && nonSpeculativeIndex === 0);
  const indices = isPlain ? 0 : timing === "EARLY" || index === nonSpeculativeIndex ? 1 : 2;
  bytes[start] = (indices << 4) | TIMING_BITS[timing] | (pane.isFirst ? FIRST_BIT : 0) | (pane.isLast ? LAST_BIT : 0);
  let position = start + 1;
  if (indices > 0) position = writeVarint(index, bytes, position);
  if (indices > 1) position = writeVarint(nonSpeculativeIndex, bytes, position);
  return position;
}

function paneOf(low: number, index: number, nonSpeculativeIndex: number): Pane {
  const timing = TIMINGS[low >> 2]!;
  return { timing, index, nonSpeculativeIndex, isFirst: (low & FIRST_BIT) !== 0, isLast: (low & LAST_BIT) !== 0 };
}
