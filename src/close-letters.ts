import { type ChatMessage, type DeadLetter, type Session, sessionKeyOf } from "./chat/model";
import type { Redactor } from "./chat/privacy/redactor";
import { parse } from "./chat/steps/records/parse";
import { partOfLetter } from "./chat/steps/letters/part-of-letter";
import {
  type DeadLetterEntry,
  type DeadLetterStore,
  isOpen,
  readDeadLetters,
} from "./io/opensearch/letters/dead-letter-store";
import { settleRedriven } from "./io/opensearch/letters/settle-letters";
import { hasLedgers } from "./io/opensearch/ledgers/ledger-upkeep";
import { redacting } from "./io/opensearch/sessions/amend-sessions";
import { clientAccess } from "./io/opensearch/writing/index-access";
import { decideSessions } from "./io/opensearch/sessions/read-sessions";
import { redactorFor } from "./io/redactor";
import { amendSettings, type PipelineSettings } from "./pipeline";

/**
 * Deletes those of the letters whose messages are all in the index, such as a late message that a replay has indexed
 * since. Resolves with the entries that are left.
 */
export async function closeLetters(
  store: DeadLetterStore,
  entries: readonly DeadLetterEntry[],
  settings: PipelineSettings,
): Promise<readonly DeadLetterEntry[]> {
  if (!(await hasLedgers(store.client, settings.openSearch))) return entries;
  const access = clientAccess(store.client);
  const closed: DeadLetterEntry[] = [];
  const { privacy, ...amend } = amendSettings(settings);
  const amending = { ...amend, ...(await redacting(privacy)) };
  const redactor = await redactorFor(privacy);
  for await (const { entry, letter } of readDeadLetters(
    store,
    entries.filter((entry) => isOpen(entry, store)),
  )) {
    const session = sessionOf(letter, settings, redactor);
    if (session === undefined) continue;
    const [decided] = await decideSessions(access, [session], settings.openSearch, amending);
    if (decided?.kind === "held") closed.push(entry);
  }
  if (closed.length > 0) await settleRedriven(store, closed);
  return entries.filter((entry) => !closed.includes(entry));
}

/** Undefined for a record that is no message, or whose rest may hold others, and for an alert. */
function sessionOf(letter: DeadLetter, { messages }: PipelineSettings, redactor: Redactor): Session | undefined {
  if (letter.isTruncated === true) return undefined;
  if (letter.kind === "session") return redactor.session(partOfLetter(letter));
  if (letter.kind === "alert") return undefined;
  const { position, timestampMs: arrivalMs, payload: data } = letter;
  const parsed = parse({ position, arrivalMs, data }, messages);
  return parsed.ok ? ofOne(redactor.message(parsed.message)) : undefined;
}

function ofOne(message: ChatMessage): Session {
  return { sessionKey: sessionKeyOf(message), messages: [message], pane: 0, early: false };
}
