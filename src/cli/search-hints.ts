/** Hints beside a search's hits. Pure. */
import { nearest } from "../options/nearest";
import { flagName } from "../options/spec";
import { shortened } from "./terminal/safe-text";

/** Options that leave sessions out. */
const FILTERS = ["user", "from", "to", "intent", "role", "attribute"] as const;

export interface Looked {
  readonly wanted: { readonly [K in (typeof FILTERS)[number]]?: unknown } & {
    readonly intent?: string | undefined;
    readonly skip: number;
    readonly mode: string;
  };
  readonly question: string;
  readonly found: number;
  /** False when the index keeps messages and cannot search them. */
  readonly inMessages: boolean;
  readonly index: string;
  /** The intents of the index's sessions, where one was asked for and nothing was found. */
  readonly intents?: readonly string[];
}

/** Sentences on what was not searched, and on what to try when nothing was found. */
export function hintsOn(looked: Looked): readonly string[] {
  const { found, inMessages, index } = looked;
  return [
    ...(found > 0 ? [] : whatToTry(looked)),
    ...(inMessages
      ? []
      : [
          `Index "${index}" is of an older version, so only summaries were searched: npm run index -- migrate changes that.`,
        ]),
  ];
}

function whatToTry({ wanted, question, index, intents }: Looked): readonly string[] {
  const unknown = intents === undefined || wanted.intent === undefined ? undefined : intentHint(wanted.intent, intents);
  if (unknown !== undefined) return [unknown];
  const filters = FILTERS.filter((key) => wanted[key] !== undefined).map((key) => `--${flagName(key)}`);
  const all = [
    wanted.skip > 0 ? `Leave out --skip: there are no more than ${wanted.skip}.` : undefined,
    filters.length > 0 ? `Leave out ${filters.join(", ")}.` : undefined,
    /["“„«「]/u.test(question)
      ? "Leave out the quotation marks: words between them must follow one another."
      : undefined,
    wanted.mode === "keyword"
      ? "Use other words, or leave out --mode keyword, to find what is near in meaning."
      : undefined,
  ].filter((hint) => hint !== undefined);
  return all.length > 0 ? all : [`Index "${index}" has no sessions yet: npm start fills it.`];
}

/** Undefined for an intent that sessions have. */
function intentHint(intent: string, intents: readonly string[]): string | undefined {
  if (intents.includes(intent) || intents.length === 0) return undefined;
  const meant = nearest(intent, intents);
  const guess = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return `No session has the intent "${shortened(intent, 60)}".${guess} There are ${intents.join(", ")}.`;
}
