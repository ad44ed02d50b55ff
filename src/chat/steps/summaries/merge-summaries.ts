import { SENTIMENTS, type Sentiment, type SessionSummary } from "../../model";
import { OTHER, type Category } from "./taxonomy";

/** The limit of topics in one answer. */
const MAX_TOPICS = 20;

/**
 * Merges the summaries of one part's inputs (in order, at least one) into the part's. Nothing that one of them flags is
 * lost: kinds are united, texts are joined in order. The intent is the most frequent one, the first among equals, with
 * "other" counting least; so is the language. Of the answers to a question the one counts that its category lists
 * first.
 */
export function mergeSummaries(summaries: readonly SessionSummary[], categories: readonly Category[]): SessionSummary {
  const [first] = summaries;
  if (first === undefined) throw new RangeError("a session part has at least one summary");
  if (summaries.length === 1) return first;
  const intents = summaries.map(({ intent }) => intent);
  const telling = intents.filter((intent) => intent !== OTHER);
  return {
    summary: summaries.map(({ summary }) => summary).join(" "),
    language: mostFrequent(summaries.map(({ language }) => language)) ?? first.language,
    intent: mostFrequent(telling) ?? first.intent,
    topics: unionByRank(summaries.map(({ topics }) => topics)).slice(0, MAX_TOPICS),
    sentiment: mergedSentiment(summaries.map(({ sentiment }) => sentiment)),
    sensitive: summaries.some(({ sensitive }) => sensitive),
    sensitiveKinds: [...new Set(summaries.flatMap(({ sensitiveKinds }) => sensitiveKinds))],
    ...(categories.length === 0 ? {} : { categories: mergedAnswers(summaries, categories) }),
  };
}

function mergedAnswers(
  summaries: readonly SessionSummary[],
  categories: readonly Category[],
): Readonly<Record<string, string>> {
  const merged = categories.flatMap(({ name, answers }) => {
    const given = summaries.map((own) => own.categories?.[name]);
    const first = answers.find((answer) => given.includes(answer));
    return first === undefined ? [] : [[name, first] as const];
  });
  return Object.fromEntries(merged);
}

/** Ignores neutral sentiments beside others; two that differ are mixed. */
function mergedSentiment(sentiments: readonly Sentiment[]): Sentiment {
  const telling = SENTIMENTS.filter((own) => own !== "neutral" && sentiments.includes(own));
  if (telling.length > 1) return "mixed";
  return telling[0] ?? "neutral";
}

/** The most important of each list first. */
function unionByRank(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  const ranks = Array.from({ length: longest }, (_, rank) => lists.flatMap((list) => list.slice(rank, rank + 1)));
  return [...new Set(ranks.flat())];
}

/** The first among equals. */
function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return values.find((value) => counts.get(value) === most);
}
