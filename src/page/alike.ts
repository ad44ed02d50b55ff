/** Sessions whose summaries differ in numbers alone, such as those of an order, as one. Pure. */

interface Summarised {
  readonly document: { readonly summary: string };
}

/** In their order, at most `max`, each with the number of those behind it that say the same. */
export function apart<T extends Summarised>(
  sessions: readonly T[],
  max: number,
): readonly { readonly session: T; readonly alike: number }[] {
  const groups = new Map<string, T[]>();
  for (const session of sessions) {
    const words = wordsIn(session.document.summary);
    const known = groups.get(words);
    if (known === undefined) groups.set(words, [session]);
    else known.push(session);
  }
  return [...groups.values()].slice(0, max).map((own) => ({ session: own[0]!, alike: own.length - 1 }));
}

function wordsIn(summary: string): string {
  return summary.toLowerCase().replace(/\p{N}+/gu, "0");
}
