/** Compares the labels that a model gave with those that were expected. Pure. */
import type { SessionSummary } from "../../model";
import type { ExpectedLabels } from "./labelled";

export interface Confusion {
  readonly expected: string;
  readonly got: string;
  readonly count: number;
}

export interface Agreement {
  readonly field: string;
  /** Sessions that have the expected label, of those that have an expectation. */
  readonly agreeing: number;
  readonly compared: number;
  /** Labels that disagree, most frequent first. */
  readonly confusions: readonly Confusion[];
}

/** Stands for the label of a session that the model gave none. */
export const NO_ANSWER = "(no answer)";

interface Pair {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/** One agreement for each field that is expected anywhere. Undefined stands for a session without an answer. */
export function agreements(
  sessions: readonly { readonly expected: ExpectedLabels; readonly summary: SessionSummary | undefined }[],
): readonly Agreement[] {
  const pairs = sessions.flatMap(({ expected, summary }) => pairsOf(expected, summary));
  const fields = [...new Set(pairs.map(({ field }) => field))];
  return fields.map((field) => {
    const own = pairs.filter((pair) => pair.field === field);
    const wrong = own.filter(({ expected, got }) => expected !== got);
    return { field, agreeing: own.length - wrong.length, compared: own.length, confusions: counted(wrong) };
  });
}

function pairsOf(expected: ExpectedLabels, summary: SessionSummary | undefined): readonly Pair[] {
  const { intent, sentiment, language, sensitive, categories = {} } = expected;
  const pairs: readonly (readonly [field: string, expected: string | undefined, got: string | undefined])[] = [
    ["intent", intent, summary?.intent],
    ["sentiment", sentiment, summary?.sentiment],
    ["language", language, languageAs(language, summary?.language)],
    ["sensitive", sensitive?.toString(), summary?.sensitive.toString()],
    ...Object.entries(categories).map(([name, answer]) => [name, answer, summary?.categories?.[name]] as const),
  ];
  return pairs.flatMap(([field, wanted, got = NO_ANSWER]) =>
    wanted === undefined ? [] : [{ field, expected: wanted, got }],
  );
}

/** Spells a language as it is expected where both are the same. */
function languageAs(expected: string | undefined, got: string | undefined): string | undefined {
  if (expected === undefined || got === undefined) return got;
  const [wanted, own] = [expected.toLowerCase(), got.toLowerCase()];
  return own === wanted || own.startsWith(`${wanted}-`) ? expected : got;
}

function counted(pairs: readonly Pair[]): readonly Confusion[] {
  const found = new Map<string, Confusion>();
  for (const { expected, got } of pairs) {
    const key = JSON.stringify([expected, got]);
    found.set(key, { expected, got, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
