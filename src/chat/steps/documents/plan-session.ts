/**
 * Decides what becomes of a session in the index. Pure.
 *
 * 1. Messages that documents within reach hold are taken out: nothing is counted, asked or kept twice.
 * 2. What is left joins those documents: their messages and the new ones are cut into parts anew. A part with the
 *    content of a document keeps its answers, so no model is asked again.
 * 3. Where that is not possible, because messages are not kept or would be more than a session may have open, what is
 *    left becomes documents of its own.
 * 4. A message that documents hold redacted is held, however it comes this time: what was redacted stays so.
 * 5. The first part takes the id of the session's earliest document, unless that one stays as it is. Any other part has
 *    an id of its own, never that of a document whose messages it does not hold.
 */
import { isDeepStrictEqual } from "node:util";
import type { ChatMessage, EmbeddedPart, Session, SessionPart } from "../../model";
import { isMarked } from "../../privacy/masks";
import { mayBeOriginal } from "../../privacy/may-be-original";
import type { PlannedDocument, PlannedSession, SeenIndex } from "../../plan";
import { withHeld } from "../records/attributes";
import { contentHash } from "./content-hash";
import { documentId, furtherDocumentId } from "./document";
import { heldKeys, markEdits, writtenMs } from "../sessions/edits";
import { answered, type HeldDocument, isOneSession, keysOf, messagesOf, replacedIn } from "./held-document";
import { idOrTime, messageKey } from "../ids/message-key";
import { sessionise } from "../sessions/sessionise";
import type { SessionSettings } from "../records/settings";

export interface PlanSettings {
  readonly sessions: SessionSettings;
  /** Names the models, their settings, prompt and taxonomy: see `contentHash`. */
  readonly answering: string;
  /** Answers that this process had for a content hash, and that no document may hold yet. */
  readonly recall?: (contentHash: string) => EmbeddedPart | undefined;
}

type Planned = PlannedSession<SessionPart | EmbeddedPart>;

/**
 * Messages of the session of which the documents do not hold every text, and texts that are back: the documents hold
 * another one in their place, which was written before.
 */
export function freshOf(
  { messages }: Session,
  documents: readonly HeldDocument[],
  onEdit: SessionSettings["onEdit"],
): readonly ChatMessage[] {
  const held = new Set(documents.flatMap((document) => keysOf(document) ?? []));
  const replacedMs = onEdit === "replace" ? replacedIn(documents) : new Map<string, number>();
  const isBack = (message: ChatMessage): boolean =>
    replacedMs.size > 0 && writtenMs(message) > (replacedMs.get(messageKey(message)) ?? Number.POSITIVE_INFINITY);
  if (held.size === 0) return messages;
  const fresh = messages.filter((message) => heldKeys(message).some((key) => !held.has(key)) || isBack(message));
  return fresh.length === 0 ? fresh : withoutRedacted(fresh, documents);
}

/** Leaves out messages of which the documents hold a redacted text. */
function withoutRedacted(messages: readonly ChatMessage[], documents: readonly HeldDocument[]): readonly ChatMessage[] {
  const marked = documents.flatMap((document) => messagesOf(document) ?? []).filter(({ content }) => isMarked(content));
  if (marked.length === 0) return messages;
  const texts = new Map<string | number, string[]>();
  for (const message of marked) {
    const key = idOrTime(message);
    texts.set(key, [...(texts.get(key) ?? []), message.content]);
  }
  return messages.filter((message) => {
    const held = texts.get(idOrTime(message)) ?? [];
    return !held.some((redacted) => mayBeOriginal(redacted, message.content));
  });
}

/** True when nothing is to be done: the documents hold all messages, and are the parts of one session. */
export function isSettled(
  session: Session,
  documents: readonly HeldDocument[],
  onEdit: SessionSettings["onEdit"],
): boolean {
  return freshOf(session, documents, onEdit).length === 0 && isOneSession(documents);
}

/** `documents` are all that is within the session's reach, read whole. */
export function planSession(
  session: Session,
  documents: readonly HeldDocument[],
  seen: SeenIndex,
  settings: PlanSettings,
): Planned {
  const fresh = freshOf(session, documents, settings.sessions.onEdit);
  const base = { session, fresh, seen, covered: [], documents: [], letters: [] };
  const union = unionOf(fresh, documents, settings.sessions);
  if (union === undefined) {
    const news = freshOf(session, documents, "keep");
    const held = documents.flatMap((document) => messagesOf(document) ?? []);
    return { ...base, fresh: news, documents: ownDocuments(session, markEdits(news, held), seen, settings) };
  }
  const pane = {
    pane: Math.max(session.pane, ...documents.map(({ source }) => source.pane)),
    early: session.early && documents.every(({ source }) => source.early),
  };
  const { parts: cut } = sessionise(session.sessionKey, union, pane, settings.sessions);
  const sources = documents.map(({ source }) => source);
  const parts = cut.map(({ attributes, ...part }): SessionPart => {
    const known = withHeld(attributes, sources, settings.sessions.attributes);
    return known === undefined ? part : { ...part, attributes: known };
  });
  const ids = idsOf(parts, documents, seen);
  const written = parts.map((part, index) => documentOf(part, ids[index]!, documents, settings));
  const covered = documents.filter(({ id }) => !ids.includes(id)).map(({ id, version }) => ({ id, ...version }));
  // The documents that others are deleted or cut for must be written in the same breath: nobody can delete them unseen.
  const isNeeded = covered.length > 0 || written.some(({ isSmaller }) => isSmaller);
  return {
    ...base,
    covered,
    documents: isNeeded ? written : written.filter((own) => !isUnchanged(own, documents)),
  };
}

/** All messages, when they can be cut anew. */
function unionOf(
  fresh: readonly ChatMessage[],
  documents: readonly HeldDocument[],
  { maxOpenMessages, maxOpenBytes }: SessionSettings,
): readonly ChatMessage[] | undefined {
  if (documents.length === 0) return fresh;
  const held = documents.map(messagesOf);
  if (held.some((messages) => messages === undefined)) return undefined;
  const union = [...held.flatMap((messages) => messages ?? []), ...fresh];
  const bytes = union.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return union.length <= maxOpenMessages && bytes <= maxOpenBytes ? union : undefined;
}

function ownDocuments(
  { sessionKey, pane, early }: Session,
  fresh: readonly ChatMessage[],
  seen: SeenIndex,
  settings: PlanSettings,
): Planned["documents"] {
  if (fresh.length === 0) return [];
  const { parts } = sessionise(sessionKey, fresh, { pane, early }, settings.sessions);
  const ids = idsOf(parts, [], seen);
  return parts.map((part, index) => documentOf(part, ids[index]!, [], settings));
}

function idsOf(parts: readonly SessionPart[], documents: readonly HeldDocument[], seen: SeenIndex): readonly string[] {
  const keySets = parts.map(({ messages }) => new Set(messages.flatMap(heldKeys)));
  const taken = new Map<number, string>();
  for (const document of documents) {
    const place = keySets.findIndex((keys, index) => !taken.has(index) && isSame(keysIn(document), keys));
    if (place >= 0) taken.set(place, document.id);
  }
  const [earliest] = documents.toSorted(
    (a, b) => Date.parse(a.source.start) - Date.parse(b.source.start) || (a.id < b.id ? -1 : 1),
  );
  const isFree = (id: string): boolean => ![...taken.values()].includes(id);
  if (!taken.has(0) && earliest !== undefined && isFree(earliest.id)) taken.set(0, earliest.id);
  return parts.map((part, index) => {
    const known = taken.get(index);
    if (known !== undefined) return known;
    const mayTake = (id: string): boolean => {
      const document = documents.find((own) => own.id === id);
      if (document !== undefined) return isFree(id) && keysIn(document).every((key) => keySets[index]!.has(key));
      return isFree(id) && (seen.documents[id] ?? null) === null;
    };
    let id = documentId(part);
    for (let attempt = 1; !mayTake(id); attempt++) id = furtherDocumentId(part, attempt);
    taken.set(index, id);
    return id;
  });
}

function documentOf(
  part: SessionPart,
  id: string,
  documents: readonly HeldDocument[],
  { answering, recall }: PlanSettings,
): PlannedDocument<SessionPart | EmbeddedPart> {
  const hash = contentHash(part, answering);
  const replaced = documents.find((document) => document.id === id);
  const keys = new Set(part.messages.flatMap(heldKeys));
  const holdsSome = (document: HeldDocument): boolean => keysIn(document).some((key) => keys.has(key));
  const knowing = documents.filter(({ source }) => source.contentHash === hash);
  const recalled = recall?.(hash);
  const known =
    knowing.map((document) => answered(part, document)).find((own) => own !== undefined) ??
    (recalled === undefined ? undefined : { ...recalled, part });
  return {
    id,
    content: known ?? part,
    contentHash: hash,
    ...(replaced === undefined ? {} : { replaces: replaced.version }),
    isSmaller: replaced !== undefined && keysIn(replaced).some((key) => !keys.has(key)),
    heldPositions: documents.filter(holdsSome).flatMap(({ source }) => source.positions ?? []),
  };
}

function isUnchanged({ id, content }: Planned["documents"][number], documents: readonly HeldDocument[]): boolean {
  const document = documents.find((own) => own.id === id);
  if (document === undefined || document.isUnredacted === true) return false;
  const part = "messages" in content ? content : content.part;
  const { source } = document;
  const isNumberedAlike =
    source.part === part.part &&
    source.partCount === part.partCount &&
    source.pane === part.pane &&
    source.early === part.early;
  const tellsAlike =
    source.firstResponseMs === part.firstResponseMs && isDeepStrictEqual(source.attributes, part.attributes);
  const texts = messagesOf(document) ?? [];
  return (
    isNumberedAlike &&
    tellsAlike &&
    isSame(keysOf(document) ?? [], new Set(part.messages.flatMap(heldKeys))) &&
    isSame(texts.map(messageKey), new Set(part.messages.map(messageKey)))
  );
}

function keysIn(document: HeldDocument): readonly string[] {
  return keysOf(document) ?? [];
}

function isSame(keys: readonly string[], others: ReadonlySet<string>): boolean {
  return new Set(keys).size === others.size && keys.every((key) => others.has(key));
}
