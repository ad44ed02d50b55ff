/**
 * Keys that Flink spreads evenly. It gives a key to a task by a hash, which for a handful of keys is as good as dice: of
 * 4 sources over 4 tasks, one task would have 2.1 on average, and 1.2 tasks would have none. A salt within an element,
 * tried until the hash is the wanted one, puts each element of a list into a part of the key space of its own, so that
 * any number of tasks has equally many of them, give or take one. Other runners see a number without a meaning.
 */
import { Writer } from "protobufjs";
import { type Coder, CoderContext } from "../sdk";

/** Flink's key groups for jobs of up to 85 tasks a stage (KeyGroupRangeAssignment); for larger ones the spread is chance. */
export const KEY_GROUPS = 128;
/** One salt in 128 fits, so this many fail once in 10^34. */
const MAX_SALT = 10_000;

/** The salt of element `index` of `count`; `elementOf` must put it into the element, and the coder into its bytes. */
export function evenSalt<T>(index: number, count: number, coder: Coder<T>, elementOf: (salt: number) => T): number {
  const wanted = Math.floor(((index + 0.5) / count) * KEY_GROUPS);
  for (let salt = 0; salt < MAX_SALT; salt++) {
    const writer = new Writer();
    coder.encode(elementOf(salt), writer, CoderContext.needsDelimiters);
    if (keyGroup(withLength(writer.finish())) === wanted) return salt;
  }
  return 0;
}

/** Beam's Java runners know our coders' bytes only as a text of bytes with its length before it (LengthPrefixCoder). */
function withLength(bytes: Uint8Array): Uint8Array {
  return new Writer().bytes(bytes).finish();
}

/** What KeyGroupRangeAssignment.assignToKeyGroup says of the bytes as a java.nio.ByteBuffer. */
export function keyGroup(bytes: Uint8Array): number {
  let hash = 1;
  for (let index = bytes.length - 1; index >= 0; index--)
    hash = (Math.imul(31, hash) + ((bytes[index]! << 24) >> 24)) | 0;
  return murmur(hash) % KEY_GROUPS;
}

/** MathUtils.murmurHash of Flink, never negative. */
function murmur(code: number): number {
  let hash = rotateLeft(Math.imul(code, 0xcc9e2d51), 15);
  hash = rotateLeft(Math.imul(hash, 0x1b873593), 13);
  hash = (Math.imul(hash, 5) + 0xe6546b64) ^ 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash === -(2 ** 31) ? 0 : Math.abs(hash);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
