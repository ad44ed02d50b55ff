/** Sessions that say nearly the same, such as those of an order or a city, as one. Pure. */
import { wordsOf } from "../chat/words";

interface Summarised {
  readonly document: { readonly summary: string };
}

/** Words that two summaries have in common, of the longer one's. */
const ALIKE_SHARE = 0.85;

interface Group<T> {
  readonly session: T;
  readonly words: ReadonlySet<string>;
  alike: number;
}

/** In their order, at most `max`, each with the number of those behind it that say nearly the same. */
export function apart<T extends Summarised>(
  sessions: readonly T[],
  max: number,
): readonly { readonly session: T; readonly alike: number }[] {
  const groups: Group<T>[] = [];
  for (const session of sessions) {
    const words = new Set(wordsOf(session.document.summary).filter((word) => !/^\p{N}+$/u.test(word)));
    const known = groups.find((group) => isAlike(group.words, words));
    if (known === undefined) groups.push({ session, words, alike: 0 });
    else known.alike++;
  }
  return groups.slice(0, max).map(({ session, alike }) => ({ session, alike }));
}

function isAlike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const common = [...a].filter((word) => b.has(word)).length;
  return common >= ALIKE_SHARE * Math.max(a.size, b.size);
}
