/**
 * Encodes and decodes instants. Beam's minimum and maximum timestamps exceed what a double holds exactly, so their bits
 * are recognised and translated to our constants (values.ts). Every other instant is exact.
 */
import { GLOBAL_WINDOW_MAX_TIMESTAMP_MS, MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS } from "../values";

/** Beam's own limits of time in milliseconds (beam_runner_api.proto, BeamConstants). */
const BEAM_MIN_MS = -9_223_372_036_854_775n;
const BEAM_MAX_MS = 9_223_372_036_854_775n;
const BEAM_GLOBAL_WINDOW_MAX_MS = 9_223_371_950_454_775n;

const TWO_TO_32 = 2 ** 32;
const SIGN_BIT = 0x8000_0000;

/** The two halves of an instant's 64 bits. The encoding flips the sign bit, so that bytes sort as instants do. */
interface Words {
  readonly high: number;
  readonly low: number;
}

const MIN_WORDS = wordsOf(BEAM_MIN_MS);
const MAX_WORDS = wordsOf(BEAM_MAX_MS);
const GLOBAL_WINDOW_MAX_WORDS = wordsOf(BEAM_GLOBAL_WINDOW_MAX_MS);

export const INSTANT_BYTES = 8;

/**
 * Reads an instant as Beam's instant coder writes it: eight bytes, big-endian. Throws a RangeError when the bytes end
 * too early.
 */
export function readInstant(bytes: Uint8Array, start: number): number {
  if (start + INSTANT_BYTES > bytes.length) throw new RangeError("An instant in the data does not end.");
  const high = readInt32(bytes, start) ^ SIGN_BIT;
  const low = readInt32(bytes, start + 4) >>> 0;
  const ms = high * TWO_TO_32 + low;
  if (ms > MIN_TIMESTAMP_MS && ms < MAX_TIMESTAMP_MS) return ms;
  if (ms <= MIN_TIMESTAMP_MS) return MIN_TIMESTAMP_MS;
  const isGlobalWindowMax = high === GLOBAL_WINDOW_MAX_WORDS.high && low === GLOBAL_WINDOW_MAX_WORDS.low;
  return isGlobalWindowMax ? GLOBAL_WINDOW_MAX_TIMESTAMP_MS : MAX_TIMESTAMP_MS;
}

/** Writes eight bytes. Returns the position behind them. */
export function writeInstant(ms: number, bytes: Uint8Array, start: number): number {
  if (ms > MIN_TIMESTAMP_MS && ms < MAX_TIMESTAMP_MS && ms !== GLOBAL_WINDOW_MAX_TIMESTAMP_MS) {
    const high = Math.floor(ms / TWO_TO_32);
    return writeWords(high, ms - high * TWO_TO_32, bytes, start);
  }
  const { high, low } =
    ms <= MIN_TIMESTAMP_MS ? MIN_WORDS : ms >= MAX_TIMESTAMP_MS ? MAX_WORDS : GLOBAL_WINDOW_MAX_WORDS;
  return writeWords(high, low, bytes, start);
}

/** Makes a protobuf Timestamp. Nanos are never negative. */
export function toTimestamp(ms: number): { seconds: bigint; nanos: number } {
  const beamMs = toBeamMs(ms);
  const millis = ((beamMs % 1000n) + 1000n) % 1000n;
  return { seconds: (beamMs - millis) / 1000n, nanos: Number(millis) * 1_000_000 };
}

/** Makes a protobuf Duration of whole milliseconds. Its two parts have the same sign. */
export function toDuration(ms: number): { seconds: bigint; nanos: number } {
  const wholeMs = Math.round(ms);
  return { seconds: BigInt(Math.trunc(wholeMs / 1000)), nanos: (wholeMs % 1000) * 1_000_000 };
}

function toBeamMs(ms: number): bigint {
  if (ms <= MIN_TIMESTAMP_MS) return BEAM_MIN_MS;
  if (ms >= MAX_TIMESTAMP_MS) return BEAM_MAX_MS;
  if (ms === GLOBAL_WINDOW_MAX_TIMESTAMP_MS) return BEAM_GLOBAL_WINDOW_MAX_MS;
  return BigInt(Math.floor(ms));
}

function wordsOf(ms: bigint): Words {
  return { high: Number(ms >> 32n), low: Number(BigInt.asUintN(32, ms)) };
}

function readInt32(bytes: Uint8Array, start: number): number {
  return (bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!;
}

function writeWords(high: number, low: number, bytes: Uint8Array, start: number): number {
  const shifted = high ^ SIGN_BIT;
  bytes[start] = shifted >>> 24;
  bytes[start + 1] = shifted >>> 16;
  bytes[start + 2] = shifted >>> 8;
  bytes[start + 3] = shifted;
  bytes[start + 4] = low >>> 24;
  bytes[start + 5] = low >>> 16;
  bytes[start + 6] = low >>> 8;
  bytes[start + 7] = low;
  return start + INSTANT_BYTES;
}
