/** Takes out of dead letters what may not be kept: erased, or older than the retention. */
import type { DeadLetter } from "../../../chat/model";
import { sessionDeadLetter } from "../../../chat/steps/letters/dead-letter";
import { countRead } from "../../../chat/steps/sessions/edits";
import { partOfLetter } from "../../../chat/steps/letters/part-of-letter";
import { isErased, isExpired } from "../../../chat/steps/letters/suppressed";
import type { IndexAccess } from "../writing/index-access";
import { readErasures } from "../writing/read-erasures";

export interface KeptLetter {
  /** The letter without suppressed messages; undefined when none are left. */
  readonly letter: DeadLetter | undefined;
  /** Messages that are taken out. */
  readonly suppressed: number;
}

/** Times before which messages may not be kept, of one letter. */
interface Bounds {
  readonly erasedBeforeMs: number;
  readonly expiredBeforeMs: number;
}

/** Reads when the keys of these letters were erased, in real time. Resolves with one result for each, in order. */
export async function keptLetters(
  access: Pick<IndexAccess, "get">,
  letters: readonly DeadLetter[],
  { ledgerIndex, retentionMs }: { readonly ledgerIndex: string; readonly retentionMs?: number },
  nowMs: number,
): Promise<readonly KeptLetter[]> {
  const hashes = letters.map(hashesOf);
  const erased = await readErasures(access, hashes.flat(), ledgerIndex);
  const expiredBeforeMs = retentionMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - retentionMs;
  return letters.map((letter, place) => {
    const erasedBeforeMs = Math.max(...hashes[place]!.map((hash) => erased.get(hash) ?? Number.NEGATIVE_INFINITY));
    return keptOf(letter, { erasedBeforeMs, expiredBeforeMs });
  });
}

/** A record and an alert are their author's, wherever they would belong; a session is its key's. */
function hashesOf({ kind, subject }: DeadLetter): readonly string[] {
  if (subject === undefined) return [];
  const { sessionKeyHash, userHashes } = subject;
  return [...(sessionKeyHash === undefined ? [] : [sessionKeyHash]), ...(kind === "session" ? [] : userHashes)];
}

function keptOf(letter: DeadLetter, { erasedBeforeMs, expiredBeforeMs }: Bounds): KeptLetter {
  if (erasedBeforeMs === Number.NEGATIVE_INFINITY && expiredBeforeMs === Number.NEGATIVE_INFINITY)
    return { letter, suppressed: 0 };
  const { code, reason, kind, messageCount, subject, timestampMs } = letter;
  // A record and an alert are kept or left out as a whole.
  if (kind !== "session") {
    const sentMs = subject?.sentMs ?? timestampMs;
    const isKept = sentMs >= Math.max(erasedBeforeMs, expiredBeforeMs);
    return isKept ? { letter, suppressed: 0 } : { letter: undefined, suppressed: messageCount };
  }
  const part = partOfLetter(letter);
  const messages = part.messages.filter(
    (message) => !isErased(message, erasedBeforeMs) && !isExpired(message, expiredBeforeMs),
  );
  const suppressed = messageCount - countRead(messages);
  const [first] = messages;
  if (first === undefined) return { letter: undefined, suppressed };
  if (suppressed === 0) return { letter, suppressed };
  return { letter: sessionDeadLetter(code, reason, { ...part, startMs: first.timestampMs, messages }), suppressed };
}
