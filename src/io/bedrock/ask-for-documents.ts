import type { DeadLetterCode } from "../../chat/errors";
import type { DeadLetter, EmbeddedPart, SessionPart, SummarisedPart } from "../../chat/model";
import { isAmendment, type PlannedDocument, type PlannedSession } from "../../chat/plan";
import { freshDeadLetter, sessionDeadLetter } from "../../chat/steps/letters/dead-letter";

export type Answer<P> =
  | { readonly ok: true; readonly content: P }
  | { readonly ok: false; readonly code: DeadLetterCode; readonly reason: string };

type Content = SessionPart | SummarisedPart | EmbeddedPart;

/** Parts of one session that are asked for at once; the rate control bounds the calls of all. */
const MAX_PARTS_AT_ONCE = 4;

/**
 * Asks a model about each document of a session. A refused part of a new session becomes a dead letter in the end, and
 * the others go on; a refused part of an amendment gives it up whole: what the index holds stays, and one dead letter
 * has the new messages.
 */
export async function askForDocuments<P extends Content, Q>(
  planned: PlannedSession<P>,
  ask: (content: P) => Promise<Answer<Q>>,
  emit: {
    (tag: "main", value: PlannedSession<Q>): void | Promise<void>;
    (tag: "deadLetters", value: DeadLetter): void | Promise<void>;
  },
): Promise<void> {
  const documents: PlannedDocument<Q>[] = [];
  const letters: DeadLetter[] = [...planned.letters];
  for (let from = 0; from < planned.documents.length; from += MAX_PARTS_AT_ONCE) {
    const some = planned.documents.slice(from, from + MAX_PARTS_AT_ONCE);
    const answers = await Promise.all(some.map(({ content }) => ask(content)));
    for (const [index, answer] of answers.entries()) {
      const document = some[index]!;
      if (answer.ok) {
        documents.push({ ...document, content: answer.content });
        continue;
      }
      const { code, reason } = answer;
      if (isAmendment(planned)) {
        // Nothing is new: the index has all messages, and keeps the answers that it had.
        if (planned.fresh.length === 0) return;
        return emit("deadLetters", freshDeadLetter(code, reason, planned.session, planned.fresh));
      }
      letters.push(sessionDeadLetter(code, reason, partOf(document.content)));
    }
  }
  if (documents.length > 0) return emit("main", { ...planned, documents, letters });
  for (const letter of letters) await emit("deadLetters", letter);
}

function partOf(content: Content): SessionPart {
  return "messages" in content ? content : content.part;
}
