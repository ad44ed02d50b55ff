/** Sessions of one part as the stages hand them on, in an index that holds nothing. */
import type { EmbeddedPart, SessionPart, SummarisedPart } from "../../../src/chat/model";
import type { PlannedSession } from "../../../src/chat/plan";
import { contentHash } from "../../../src/chat/steps/documents/content-hash";
import { documentId } from "../../../src/chat/steps/documents/document";

export function planned<P extends SessionPart | SummarisedPart | EmbeddedPart>(content: P): PlannedSession<P> {
  const part: SessionPart =
    "part" in content && typeof content.part === "object" ? content.part : (content as SessionPart);
  const { sessionKey, messages, pane, early } = part;
  return {
    session: { sessionKey, messages, pane, early },
    fresh: messages,
    seen: { ledger: { entries: [] }, documents: {} },
    covered: [],
    letters: [],
    documents: [
      { id: documentId(part), content, contentHash: contentHash(part, "test"), isSmaller: false, heldPositions: [] },
    ],
  };
}

/** The stages' results for all parts. */
export function contentsOf<P>(sessions: readonly PlannedSession<P>[]): readonly P[] {
  return sessions.flatMap(({ documents }) => documents.map(({ content }) => content));
}
