/** Describes a chat as a model would, by rules: the same chat always gets the same description. */
import type { Sentiment, SessionSummary } from "../../chat/model";
import { detectLanguage } from "./language";
import { INTENT_STEMS, NEGATIVE_STEMS, POSITIVE_STEMS } from "./lexicon";
import { sensitiveKindsOf } from "./sensitive";
import { dictionaryWordsOf, isStopWord, isUnspaced, sentencesOf } from "./words";

const MAX_SENTENCES = 3;
const MAX_SENTENCE_CHARACTERS = 160;
const MAX_TOPICS = 5;
/** Bounds topics, because a run of letters may be as long as its message. */
const MAX_TOPIC_CHARACTERS = 40;
/** Bounds the work of one request: all rules but those for sensitive content read only the beginning of a long chat. */
const MAX_CHARACTERS = 20_000;

export function describeChat(messages: readonly string[]): SessionSummary {
  const whole = messages.join("\n").toWellFormed();
  const text = whole.slice(0, MAX_CHARACTERS).toWellFormed();
  const lower = text.toLowerCase();
  const frequencies = termFrequencies(text);
  const sensitiveKinds = sensitiveKindsOf(whole);
  return {
    summary: summaryOf(text, frequencies),
    language: detectLanguage(text),
    intent: intentOf(lower),
    topics: topicsOf(frequencies),
    sentiment: sentimentOf(lower),
    sensitive: sensitiveKinds.length > 0,
    sensitiveKinds,
  };
}

function termFrequencies(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of dictionaryWordsOf(text)) {
    const minLength = isUnspaced(word) ? 2 : 3;
    if ([...word].length < minLength || isStopWord(word) || /^\d+$/.test(word)) continue;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** The most frequent words, longer ones first among equals, because they say more. */
function topicsOf(frequencies: ReadonlyMap<string, number>): readonly string[] {
  const ranked = [...frequencies].sort(([a, countA], [b, countB]) => countB - countA || b.length - a.length);
  return ranked.slice(0, MAX_TOPICS).map(([word]) => [...word].slice(0, MAX_TOPIC_CHARACTERS).join(""));
}

/** The first sentence and the weightiest others, in the chat's order. */
function summaryOf(text: string, frequencies: ReadonlyMap<string, number>): string {
  const sentences = sentencesOf(text);
  const weights = sentences.map((sentence, index) => {
    const own = dictionaryWordsOf(sentence).reduce((sum, word) => sum + (frequencies.get(word) ?? 0), 0);
    return { index, weight: index === 0 ? Number.POSITIVE_INFINITY : own };
  });
  const chosen = weights.sort((a, b) => b.weight - a.weight || a.index - b.index).slice(0, MAX_SENTENCES);
  const summary = chosen
    .sort((a, b) => a.index - b.index)
    .map(({ index }) => shorten(sentences[index]!))
    .join(" ");
  return summary === "" ? shorten(text.trim()) || "(no text)" : summary;
}

function shorten(sentence: string): string {
  const characters = [...sentence];
  if (characters.length <= MAX_SENTENCE_CHARACTERS) return sentence;
  return `${characters.slice(0, MAX_SENTENCE_CHARACTERS - 1).join("")}…`;
}

function intentOf(lower: string): string {
  let best = /[?？؟]/.test(lower) ? "question" : "other";
  let bestHits = 0;
  for (const [intent, stems] of Object.entries(INTENT_STEMS)) {
    const hits = hitsOf(stems, lower);
    // Small talk yields to any other intent, because a greeting opens every kind of chat.
    if (hits > bestHits && (intent !== "small_talk" || best === "other")) [best, bestHits] = [intent, hits];
  }
  return best;
}

function sentimentOf(lower: string): Sentiment {
  const positive = hitsOf(POSITIVE_STEMS, lower);
  const negative = hitsOf(NEGATIVE_STEMS, lower);
  if (positive === 0 && negative === 0) return "neutral";
  if (positive > 0 && negative > 0 && Math.abs(positive - negative) <= 1) return "mixed";
  return positive > negative ? "positive" : "negative";
}

function hitsOf(stems: readonly string[], lower: string): number {
  return stems.filter((stem) => lower.includes(stem)).length;
}
