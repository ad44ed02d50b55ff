/**
 * Encodes and decodes whole numbers as Beam's VARINT (beam_runner_api.proto, StandardCoders): seven bits a byte, lowest
 * first; a negative number as its 64-bit two's complement. Exact for every safe integer, without a BigInt.
 */
import type { Reader } from "protobufjs";

const MAX_BYTES = 10;
const TWO_TO_28 = 2 ** 28;
const TWO_TO_56 = 2 ** 56;

/** Reads a number. Throws a RangeError when the bytes end too early or the number has more than ten. */
export function readVarint(reader: Reader): number {
  const { buf, len } = reader;
  const start = reader.pos;
  let low = 0;
  let middle = 0;
  let high = 0;
  for (let index = 0; index < MAX_BYTES && start + index < len; index++) {
    const byte = buf[start + index]!;
    const bits = byte & 0x7f;
    if (index < 4) low |= bits << (7 * index);
    else if (index < 8) middle |= bits << (7 * index - 28);
    else high |= bits << (7 * index - 56);
    if (byte < 0x80) {
      reader.pos = start + index + 1;
      // The tenth byte holds the sign bit.
      return (high >= 0x80 ? (high & 0xff) - 0x100 : high) * TWO_TO_56 + middle * TWO_TO_28 + low;
    }
  }
  throw new RangeError("A number in the data does not end.");
}

/** Writes at most ten bytes. Returns the position behind them. */
export function writeVarint(value: number, buffer: Uint8Array, start: number): number {
  if (value < 0) return writeNegative(value, buffer, start);
  let position = start;
  let rest = value;
  while (rest > 0x7f) {
    // Bit operations use only the lowest 32 bits, which suffices for the next seven.
    buffer[position++] = (rest & 0x7f) | 0x80;
    rest = rest > 0x7fff_ffff ? Math.floor(rest / 0x80) : rest >>> 7;
  }
  buffer[position++] = rest;
  return position;
}

/** Always writes ten bytes, because the top bit is set. */
function writeNegative(value: number, buffer: Uint8Array, start: number): number {
  let rest = value;
  for (let index = 0; index < MAX_BYTES - 1; index++) {
    buffer[start + index] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  buffer[start + MAX_BYTES - 1] = 1;
  return start + MAX_BYTES;
}
