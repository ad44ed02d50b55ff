/** A question's words, and the phrases that stand between quotation marks. Pure. */
import { dictionaryWordsOf, isStopWord, isUnspaced } from "../../../chat/words";

export interface Asked {
  /** The question without quotation marks, cut to what OpenSearch takes. */
  readonly text: string;
  /** The text without its commonest words, which nearly all sessions have; all of it where there are no others. */
  readonly telling: string;
  /** Phrases between quotation marks: such words must follow one another. */
  readonly phrases: readonly string[];
  /** Distinct words that tell questions apart: all but the commonest, or these where there are no others. */
  readonly terms: readonly string[];
  /** Terms whose typing errors are forgiven: words of letters, since another number means another thing. */
  readonly forgiven: readonly string[];
}

/**
 * OpenSearch takes 1,024 clauses in a request. A word is a clause in each of four fields, and one of a phrase in four;
 * a character that may be a word by itself becomes two where neighbours are taken in pairs.
 */
const MAX_COST = 120;
const CHARACTER_COST = 1.5;
/** Longer runs of letters are cut into words of this length. */
const MAX_WORD_LENGTH = 255;
/** Each is a clause in each field of its own. */
const MAX_TERMS = 16;
/** A forgiven word becomes clauses for each word like it, so only questions that leave room for these have any. */
const MAX_FORGIVEN_COST = 40;
/** Shorter words are all alike. */
const FORGIVEN = /^[\p{L}\p{M}]{4,}$/u;

/** Runs of one script with spaces between words, or single characters of any other. */
const WORDS =
  /[\p{Script=Latin}\p{N}\p{M}]+|[\p{Script=Cyrillic}\p{M}]+|[\p{Script=Greek}\p{M}]+|[\p{Script=Arabic}\p{M}]+|[\p{Script=Hebrew}\p{M}]+|[\p{Script=Devanagari}\p{M}]+|[^\p{Z}\p{P}\p{C}]/gu;
const SPACED =
  /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Devanagari}\p{N}\p{M}]/u;

/** The marks of several languages; a straight one opens before a word and closes behind one, so `7" or 9"` has none. */
const QUOTED = /(?<![\p{L}\p{N}])"([^"]+)"(?![\p{L}\p{N}])|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|「([^」]+)」/gu;

export function askedOf(question: string): Asked {
  const whole = question.toWellFormed();
  const phrases: string[] = [];
  let left = MAX_COST;
  for (const [, ...groups] of whole.matchAll(QUOTED)) {
    const { text, cost } = cut(groups.find((group) => group !== undefined) ?? "", left);
    left -= cost;
    if (cost > 0) phrases.push(text);
  }
  const { text, cost } = cut(
    phrases.length === 0 ? whole : whole.replaceAll(QUOTED, (marked) => ` ${marked.slice(1, -1)} `),
    MAX_COST,
  );
  const terms = termsOf(text);
  // A phrase between quotation marks is meant as it is.
  const isOpen = phrases.length === 0 && cost <= MAX_FORGIVEN_COST;
  const forgiven = isOpen ? terms.filter((term) => FORGIVEN.test(term) && !isUnspaced(term)) : [];
  return { text, telling: tellingText(text), phrases, terms, forgiven };
}

/** The beginning of a text that costs no more than this, cut behind a word. */
function cut(text: string, maxCost: number): { readonly text: string; readonly cost: number } {
  let cost = 0;
  let end = 0;
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    const own = SPACED.test(word) ? Math.ceil(word.length / MAX_WORD_LENGTH) : CHARACTER_COST;
    if (cost + own > maxCost) break;
    cost += own;
    end = index + word.length;
  }
  return { text: text.slice(0, end).trim(), cost };
}

/** Words as they are written, since the index cuts them in its own way: 2.4.1 is one word there. */
function tellingText(text: string): string {
  const pieces = [...new Set(text.split(/\s+/u))].filter((piece) => {
    const words = dictionaryWordsOf(piece);
    return words.length === 0 || !words.every(isStopWord);
  });
  return pieces.some((piece) => dictionaryWordsOf(piece).length > 0) ? pieces.join(" ") : text;
}

function termsOf(text: string): readonly string[] {
  const words = [...new Set(dictionaryWordsOf(text))];
  const telling = words.filter((word) => !isStopWord(word));
  return (telling.length > 0 ? telling : words).slice(0, MAX_TERMS);
}
