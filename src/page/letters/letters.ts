/** The page's answers about dead letters. */
import { deadLetterWords } from "../../chat/errors";
import { letterGroups, letterPage, type LetterPlace } from "../../io/opensearch/letters/dead-letter-pages";
import {
  countDeadLetters,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  getDeadLetter,
  isOpen,
} from "../../io/opensearch/letters/dead-letter-store";
import type { LetterAnswer, LetterLine, LettersAnswer, LettersRequest } from "./contract";
import { contentOf } from "./content";

export class Letters {
  constructor(readonly store: DeadLetterStore) {}

  async list({ after, limit, ...filter }: LettersRequest): Promise<LettersAnswer> {
    const wanted = filterOf(filter);
    const [entries, total, groups] = await Promise.all([
      // One more tells whether there is a next page.
      letterPage(this.store, wanted, limit + 1, after === undefined ? undefined : placeOf(after)),
      countDeadLetters(this.store, wanted),
      letterGroups(this.store),
    ]);
    const shown = entries.slice(0, limit);
    const last = shown.at(-1);
    return {
      letters: shown.map((entry) => this.line(entry)),
      ...(entries.length > limit && last !== undefined ? { next: `${Date.parse(last.time)}_${last.id}` } : {}),
      total,
      groups: groups.map((group) => ({ ...group, ...deadLetterWords(group.code) })),
    };
  }

  /** Undefined when there is no such letter. */
  async one(id: string, revealed: boolean): Promise<LetterAnswer | undefined> {
    const stored = await getDeadLetter(this.store, id);
    if (stored === undefined) return undefined;
    const { entry, letter } = stored;
    const { shardId, sequenceNumber, subSequenceNumber } = entry.position;
    return {
      ...this.line(entry),
      ...deadLetterWords(entry.code),
      position: [shardId, sequenceNumber, ...(subSequenceNumber === 0 ? [] : [subSequenceNumber])].join(" "),
      revealed,
      ...(isOpen(entry, this.store) ? { content: contentOf(letter, revealed) } : {}),
    };
  }

  private line(entry: DeadLetterEntry): LetterLine {
    const { id, code, stage, reason, kind, messageCount, payloadBytes, time, writtenAt, attempts } = entry;
    const closed = entry.isDropped === true ? "dropped" : "sealed";
    return {
      ...{ id, code, stage, reason, kind, messageCount, payloadBytes, time, writtenAt, attempts },
      isTruncated: entry.truncated === true,
      state: isOpen(entry, this.store) ? "open" : closed,
      ...(entry.sealedFor === undefined ? {} : { sealedFor: entry.sealedFor }),
    };
  }
}

/** The letters that a request names. */
export function filterOf(request: { readonly [K in keyof DeadLetterFilter]?: string | undefined }): DeadLetterFilter {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function placeOf(after: string): LetterPlace {
  const end = after.indexOf("_");
  return { timeMs: Number(after.slice(0, end)), id: after.slice(end + 1) };
}
