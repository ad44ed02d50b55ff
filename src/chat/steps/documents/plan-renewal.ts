/**
 * Plans that models answer anew about documents as they are: their messages, their borders and their ids stay. Pure.
 */
import type { EmbeddedPart, Session, SessionPart } from "../../model";
import type { PlannedDocument, PlannedSession, SeenIndex } from "../../plan";
import { contentHash } from "./content-hash";
import { heldKeys } from "../sessions/edits";
import { type HeldDocument, messagesOf } from "./held-document";
import type { PlanSettings } from "./plan-session";

type Content = SessionPart | EmbeddedPart;

/**
 * Plans the documents that hold messages of the session and whose answers are to another question than `answering`.
 * `documents` are those within the session's reach, read whole.
 */
export function planRenewal(
  session: Session,
  documents: readonly HeldDocument[],
  seen: SeenIndex,
  { answering, recall }: Pick<PlanSettings, "answering" | "recall">,
): PlannedSession<Content> {
  const keys = new Set(session.messages.flatMap(heldKeys));
  const behind = documents.flatMap((document): PlannedDocument<Content>[] => {
    const part = partOf(document, session.sessionKey);
    if (part === undefined || !part.messages.flatMap(heldKeys).some((key) => keys.has(key))) return [];
    const hash = contentHash(part, answering);
    const { id, version: replaces, source } = document;
    // One that does not tell its versions is behind, even if nothing has changed since.
    if (hash === source.contentHash && source.taxonomyHash !== undefined) return [];
    const recalled = recall?.(hash);
    const content = recalled === undefined ? part : { ...recalled, part };
    const { positions: heldPositions = [], stream } = source;
    const kept = stream === undefined ? {} : { stream };
    return [{ id, content, contentHash: hash, replaces, isSmaller: false, heldPositions, ...kept }];
  });
  return { session, fresh: [], seen, covered: [], documents: behind, letters: [] };
}

/** Undefined when the index does not keep messages. */
export function partOf(document: HeldDocument, sessionKey: string): SessionPart | undefined {
  const messages = messagesOf(document);
  if (messages === undefined || messages.length === 0) return undefined;
  const { start, end, part, partCount, pane, early, attributes, firstResponseMs } = document.source;
  return {
    sessionKey,
    startMs: Date.parse(start),
    endMs: Date.parse(end),
    ...{ part, partCount, pane, early, messages },
    ...(attributes === undefined ? {} : { attributes }),
    ...(firstResponseMs === undefined ? {} : { firstResponseMs }),
  };
}
