/** Hints beside a search's hits. Pure. */
import { nearest } from "../options/nearest";
import { flagName } from "../options/spec";
import { safeText, shortened } from "./terminal/safe-text";

/** Options that leave sessions out. */
const FILTERS = ["user", "from", "to", "intent", "alert", "role", "attribute"] as const;
/** Options whose values are names that the index has. */
export const NAMED = ["intent", "alert"] as const;
type Named = (typeof NAMED)[number];
const NOUNS: Readonly<Record<Named, string>> = { intent: "the intent", alert: "an alert of the rule" };

export interface Looked {
  readonly wanted: { readonly [K in (typeof FILTERS)[number]]?: unknown } & {
    readonly [K in Named]?: string | undefined;
  } & {
    readonly skip: number;
    readonly mode: string;
  };
  readonly question: string;
  readonly found: number;
  /** False when the index keeps messages and cannot search them. */
  readonly inMessages: boolean;
  readonly index: string;
  /** The names of the index's sessions, where one was asked for and nothing was found. */
  readonly known?: { readonly [K in Named]?: readonly string[] };
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

function whatToTry({ wanted, question, index, known = {} }: Looked): readonly string[] {
  const unknown = NAMED.flatMap((name) => unknownHint(name, wanted[name], known[name] ?? []));
  if (unknown.length > 0) return unknown;
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

/** None for a name that sessions have. */
function unknownHint(name: Named, given: string | undefined, known: readonly string[]): readonly string[] {
  if (given === undefined || known.length === 0 || known.includes(given)) return [];
  const meant = nearest(given, known);
  const guess = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return [
    `No session has ${NOUNS[name]} "${shortened(given, 60)}".${guess} There are ${known.map(safeText).join(", ")}.`,
  ];
}
