/** Describes a chat as a model would, by rules: the same chat always gets the same description. */
import type { Sentiment, SessionSummary } from "../../chat/model";
import type { AskedLabels } from "./asked-labels";
import { detectLanguage } from "./language";
import { isFillerWord } from "./filler-words";
import { INTENT_STEMS, NEGATIVE_STEMS, POSITIVE_STEMS } from "./lexicon";
import { sensitiveKindsOf } from "./sensitive";
import { dictionaryWordsOf, isStopWord, isUnspaced, sentencesOf } from "../../chat/words";

const MAX_SENTENCES = 3;
const MAX_SENTENCE_CHARACTERS = 160;
const MAX_TOPICS = 5;
/** Shorter words stand in too many others; the beginnings of longer ones find their other forms. */
const MIN_STEM_CHARACTERS = 4;
const STEM_CHARACTERS = 6;
/** Bounds topics, because a run of letters may be as long as its message. */
const MAX_TOPIC_CHARACTERS = 40;
/** Bounds the work of one request: all rules but those for sensitive content read only the beginning of a long chat. */
const MAX_CHARACTERS = 20_000;

/**
 * Labels of the rules' own that are not among the asked ones give way to those whose words stand in the chat. `answers`
 * are what others said; where only they speak, it is they who are described.
 */
export function describeChat(
  messages: readonly string[],
  asked: AskedLabels = { categories: {} },
  answers: readonly string[] = [],
): SessionSummary {
  if (messages.length === 0 && answers.length > 0) return describeChat(answers, asked);
  const whole = [...messages, ...answers].join("\n").toWellFormed();
  const text = beginningOf(messages);
  const lower = text.toLowerCase();
  const frequencies = termFrequencies(text);
  const sensitiveKinds = sensitiveKindsOf(whole).map((kind) => amongst(asked.sensitiveKinds, kind));
  const sentiment = sentimentOf(lower);
  const questions = Object.entries(asked.categories);
  const outcome = outcomeOf(beginningOf(answers));
  return {
    summary: outcome === undefined ? summaryOf(text, frequencies) : `${summaryOf(text, frequencies)} → ${outcome}`,
    language: detectLanguage(text),
    intent: intentAmongst(asked.intents, lower),
    topics: asked.topics === undefined ? topicsOf(frequencies) : mentioned(asked.topics, lower).slice(0, MAX_TOPICS),
    sentiment,
    sensitive: sensitiveKinds.length > 0,
    sensitiveKinds: [...new Set(sensitiveKinds)],
    ...(questions.length === 0
      ? {}
      : {
          categories: Object.fromEntries(questions.map(([name, known]) => [name, answerOf(known, lower, sentiment)])),
        }),
  };
}

/** The label itself, or the one that stands for all others. */
function amongst(asked: readonly string[] | undefined, label: string): string {
  if (asked === undefined || asked.includes(label)) return label;
  return asked.find((own) => own === "other") ?? asked.at(-1) ?? label;
}

/** Where not all of the rules' own intents are asked for, one that the chat mentions comes before "other". */
function intentAmongst(asked: readonly string[] | undefined, lower: string): string {
  const intent = amongst(asked, intentOf(lower));
  if (intent !== "other" || asked === undefined) return intent;
  if (Object.keys(INTENT_STEMS).every((own) => asked.includes(own))) return intent;
  return mentioned(asked, lower)[0] ?? intent;
}

/** Labels of which a word begins like one in the chat, those with most such words first. */
function mentioned(labels: readonly string[], lower: string): readonly string[] {
  const hits = labels.map((label) => ({ label, hits: hitsOf(stemsOf(label), lower) })).filter((own) => own.hits > 0);
  return hits.sort((a, b) => b.hits - a.hits).map(({ label }) => label);
}

function stemsOf(label: string): readonly string[] {
  const words = label.split("_").filter((word) => [...word].length >= MIN_STEM_CHARACTERS);
  return words.map((word) => [...word].slice(0, STEM_CHARACTERS).join(""));
}

/**
 * An answer that the chat mentions; else yes for a happy chat and no for an unhappy one; else whatever leaves it open.
 */
function answerOf(known: readonly string[], lower: string, sentiment: Sentiment): string {
  const plain = sentiment === "positive" ? "yes" : sentiment === "negative" ? "no" : "unclear";
  const telling = known.filter((answer) => !["yes", "no", "unclear", "other"].includes(answer));
  const found = [...mentioned(telling, lower), plain, "unclear", "other"];
  return found.find((answer) => known.includes(answer)) ?? known.at(-1) ?? plain;
}

function beginningOf(messages: readonly string[]): string {
  return messages.join("\n").toWellFormed().slice(0, MAX_CHARACTERS).toWellFormed();
}

/** The weightiest sentence of what others said, the last one among equals. */
function outcomeOf(answers: string): string | undefined {
  const frequencies = termFrequencies(answers);
  const [first, ...others] = sentencesOf(answers).toReversed();
  if (first === undefined) return undefined;
  const weight = (sentence: string): number => weightOf(sentence, frequencies);
  return shorten(others.reduce((best, own) => (weight(own) > weight(best) ? own : best), first));
}

function weightOf(sentence: string, frequencies: ReadonlyMap<string, number>): number {
  return dictionaryWordsOf(sentence).reduce((sum, word) => sum + (frequencies.get(word) ?? 0), 0);
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

/** The most frequent words that name something, longer ones first among equals, because they say more. */
function topicsOf(frequencies: ReadonlyMap<string, number>): readonly string[] {
  const naming = [...frequencies].filter(([word]) => !isFillerWord(word));
  const ranked = naming.sort(([a, countA], [b, countB]) => countB - countA || b.length - a.length);
  return ranked.slice(0, MAX_TOPICS).map(([word]) => [...word].slice(0, MAX_TOPIC_CHARACTERS).join(""));
}

/** The first sentence and the weightiest others, in the chat's order. */
function summaryOf(text: string, frequencies: ReadonlyMap<string, number>): string {
  const sentences = sentencesOf(text);
  const weights = sentences.map((sentence, index) => {
    return { index, weight: index === 0 ? Number.POSITIVE_INFINITY : weightOf(sentence, frequencies) };
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
