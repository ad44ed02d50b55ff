/**
 * Makes keys that Flink spreads evenly over tasks. Flink assigns a key to a task by a hash, so a handful of keys is
 * spread by chance: of 4 sources over 4 tasks, the busiest task would have 2.1 on average, and 1.2 tasks would have
 * none. A salt inside each element, found by trying numbers until the hash is the wanted one, moves the elements of a
 * list to evenly spaced key groups. Every task then has the same number of elements, give or take one, at any
 * parallelism. Other runners ignore the salt.
 */
import { Writer } from "protobufjs";
import { type Coder, CoderContext } from "../sdk";

/**
 * Number of Flink's key groups for jobs of up to 85 tasks a stage (KeyGroupRangeAssignment). Larger jobs have more key
 * groups; their spread is left to chance.
 */
export const KEY_GROUPS = 128;
/** Limit of the salts to try. One salt in 128 fits, so all of them fail once in 10^34 cases. */
const MAX_SALT = 10_000;

/**
 * Finds the salt for element `index` of `count`. `elementOf` must put the salt into the element, and the coder must
 * encode it.
 */
export function evenSalt<T>(index: number, count: number, coder: Coder<T>, elementOf: (salt: number) => T): number {
  const wanted = Math.floor(((index + 0.5) / count) * KEY_GROUPS);
  for (let salt = 0; salt < MAX_SALT; salt++) {
    const writer = new Writer();
    coder.encode(elementOf(salt), writer, CoderContext.needsDelimiters);
    if (keyGroup(withLength(writer.finish())) === wanted) return salt;
  }
  return 0;
}

/** Adds a length prefix: Beam's Java runners wrap coders that they do not know in a LengthPrefixCoder. */
function withLength(bytes: Uint8Array): Uint8Array {
  return new Writer().bytes(bytes).finish();
}

/** Computes the key group that KeyGroupRangeAssignment.assignToKeyGroup gives to the bytes as a java.nio.ByteBuffer. */
export function keyGroup(bytes: Uint8Array): number {
  let hash = 1;
  for (let index = bytes.length - 1; index >= 0; index--)
    hash = (Math.imul(31, hash) + ((bytes[index]! << 24) >> 24)) | 0;
  return murmur(hash) % KEY_GROUPS;
}

/** Flink's MathUtils.murmurHash. The result is never negative. */
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
