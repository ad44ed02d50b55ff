/**
 * A stand-in for an embedding: words, and parts of words, hashed into dimensions. Two texts are near to each other when
 * they share words; it knows nothing of meaning, so "refund" and "money back" are as far apart as any two words. With
 * the encoder (encoder.ts) a meaning is beside the words.
 */
import { isUnspaced, isStopWord, wordsOf } from "../../chat/words";

/** A word counts more than its parts, which are there so that "refund" and "refunded" meet. */
const WORD_WEIGHT = 1;
const PART_WEIGHT = 0.35;
/** Words that every chat has say little, however often they come. */
const STOP_WORD_WEIGHT = 0.05;
/**
 * The share of dimensions that are for such words alone: where nothing else is asked for, no other word is hit by
 * chance.
 */
const STOP_WORD_SHARE = 1 / 8;
const PART_LENGTH = 4;
/** Dimensions of a word or part. */
const COPIES = 4;

/**
 * The share of a meaning in the nearness of two texts that have one each; the rest are their words. Chosen by
 * `npm run bench -- relevance`.
 */
const MEANING_SHARE = 0.5;

/**
 * Words in the first dimensions and a meaning (a vector of length 1) in the last ones, where no word is: so the
 * nearness of two texts is that of their words and that of their meanings, in fixed shares. A text without a meaning
 * has words alone, in the same dimensions.
 */
export function jointVectorOf(
  text: string,
  meaning: readonly number[] | undefined,
  { dimensions, meaningDimensions }: { readonly dimensions: number; readonly meaningDimensions: number },
  normalize: boolean,
): number[] {
  const words = vectorOf(text, dimensions - meaningDimensions, normalize || meaning !== undefined);
  if (meaning === undefined) return [...words, ...new Array<number>(meaningDimensions).fill(0)];
  const of = (vector: readonly number[], share: number): number[] =>
    vector.map((component) => Math.fround(component * Math.sqrt(share)));
  return [...of(words, 1 - MEANING_SHARE), ...of(meaning, MEANING_SHARE)];
}

/** Deterministic; never all zeros. Normalised to length 1 when asked. */
export function vectorOf(text: string, dimensions: number, normalize: boolean): number[] {
  const vector = new Float64Array(dimensions);
  const common = vector.subarray(0, Math.ceil(dimensions * STOP_WORD_SHARE));
  const telling = vector.subarray(common.length);
  const words = wordsOf(text);
  for (const word of new Set(words.filter(isStopWord))) add(common, word, STOP_WORD_WEIGHT);
  for (const word of words) {
    if (isStopWord(word)) continue;
    if (isUnspaced(word)) addPairs(telling, word);
    else addWord(telling, word);
  }
  if (vector.every((component) => component === 0)) add(vector, `text:${text}`, WORD_WEIGHT);
  const length = normalize ? Math.hypot(...vector) : 1;
  return Array.from(vector, (component) => Math.fround(component / length));
}

function addWord(vector: Float64Array, word: string): void {
  add(vector, word, WORD_WEIGHT);
  if (word.length <= PART_LENGTH) return;
  for (let start = 0; start + PART_LENGTH <= word.length; start++) {
    add(vector, `part:${word.slice(start, start + PART_LENGTH)}`, PART_WEIGHT);
  }
}

/** Hashes pairs of neighbouring characters, which stand for words in scripts without spaces. */
function addPairs(vector: Float64Array, run: string): void {
  const characters = [...run];
  if (characters.length === 1) return add(vector, run, WORD_WEIGHT);
  for (let index = 1; index < characters.length; index++) {
    add(vector, `${characters[index - 1]}${characters[index]}`, WORD_WEIGHT);
  }
}

/**
 * Adds to some dimensions, each with a sign of its own, so that unlike words meet in one of them at most, as a rule.
 */
function add(vector: Float64Array, feature: string, weight: number): void {
  let hash = 0x811c9dc5;
  for (let index = 0; index < feature.length; index++) {
    hash = Math.imul(hash ^ feature.charCodeAt(index), 0x01000193);
  }
  for (let copy = 0; copy < COPIES; copy++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    hash ^= hash >>> 15;
    const unsigned = hash >>> 0;
    const place = unsigned % vector.length;
    vector[place] = vector[place]! + (unsigned & 0x8000_0000 ? weight : -weight);
  }
}
