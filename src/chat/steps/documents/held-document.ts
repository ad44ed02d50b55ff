/** A document of the index: the messages that it holds, and the models' answers about them. Pure. */
import type { ChatMessage, EmbeddedPart, SessionPart } from "../../model";
import type { Redactor } from "../../privacy/redactor";
import type { DocumentVersion } from "../../plan";
import { answersOf, chatMessageOf, type SessionDocument } from "./document";
import { heldKeys } from "../sessions/edits";
import { messageKey } from "../ids/message-key";
import type { SessionSettings } from "../records/settings";

/**
 * Fields that tell which messages a document holds, and which part of what it is; enough for one that stays as it is.
 */
const OUTLINE_FIELDS = ["keys", "start", "end", "part", "partCount", "early", "pane"] as const;
type Outline = Pick<SessionDocument, (typeof OUTLINE_FIELDS)[number]>;

/** Where texts are replaced, the messages tell which of them stands. */
export function outlineFields(onEdit: SessionSettings["onEdit"]): readonly (keyof SessionDocument)[] {
  return onEdit === "replace" ? [...OUTLINE_FIELDS, "messages"] : OUTLINE_FIELDS;
}

/** Fields beside the outline that may hold sensitive values, which the keys of messages do not show. */
export const TOLD_FIELDS = ["attributes", "roles", "messages.attributes"] as const;

/**
 * True when attributes or roles are to be redacted: no message is new then, and the document is to be written again.
 */
export function tellsUnredacted(
  { attributes, roles = [], messages = [] }: Partial<SessionDocument>,
  redactor: Redactor,
): boolean {
  const all = [attributes, { roles }, ...messages.map((message) => message.attributes)];
  return all.some((own) => own !== undefined && redactor.attributes(own) !== own);
}

/** A document as it was read: its outline, or all of it. One of an older version has neither keys nor content hash. */
export interface HeldDocument {
  readonly id: string;
  readonly version: DocumentVersion;
  readonly source: Omit<Outline, "keys"> & Partial<SessionDocument>;
  /** True where it holds what the settings would redact: it is to be written again. */
  readonly isUnredacted?: true;
}

/** Keys of all messages that the document holds; undefined where it does not tell. */
export function keysOf({ source }: HeldDocument): readonly string[] | undefined {
  return source.keys ?? messagesOf({ source })?.flatMap(heldKeys);
}

/** Times when the texts were written that stand in the place of replaced ones, by the keys of these. */
export function replacedIn(documents: readonly HeldDocument[]): ReadonlyMap<string, number> {
  const stored = documents.flatMap(({ source }) => source.messages ?? []);
  return new Map(
    stored.flatMap(({ editedAt, replacedKeys = [] }) =>
      editedAt === undefined ? [] : replacedKeys.map((key) => [key, Date.parse(editedAt)] as const),
    ),
  );
}

/** Undefined when the index does not keep messages. */
export function messagesOf({ source }: Pick<HeldDocument, "source">): readonly ChatMessage[] | undefined {
  const { userId = "", sessionKey } = source;
  const ofDocument = { userId, ...(sessionKey === undefined ? {} : { sessionKey }) };
  return source.messages?.map((stored, index) => chatMessageOf(stored, ofDocument, index));
}

/** The document as it would be if its messages and attributes were redacted as new ones are. */
export function redacted(document: HeldDocument, redactor: Redactor): HeldDocument {
  const held = messagesOf(document);
  if (held === undefined) return document;
  const news = held.map((message) => redactor.keptMessage(message));
  const changed = held.flatMap((message, index) => (news[index] === message ? [] : [index]));
  const { attributes } = document.source;
  const ownAttributes = attributes === undefined ? undefined : redactor.attributes(attributes);
  if (changed.length === 0 && ownAttributes === attributes) return document;
  const renamed = new Map(changed.map((index) => [messageKey(held[index]!), messageKey(news[index]!)]));
  const { messages = [], keys } = document.source;
  const source = {
    ...document.source,
    ...(ownAttributes === undefined ? {} : { attributes: ownAttributes }),
    messages: messages.map((stored, index) => (changed.includes(index) ? restored(stored, news[index]!) : stored)),
    ...(keys === undefined ? {} : { keys: keys.map((key) => renamed.get(key) ?? key) }),
  };
  return { ...document, source, isUnredacted: true };
}

function restored<S extends NonNullable<SessionDocument["messages"]>[number]>(
  { id: _, ...stored }: S,
  { content, messageId, role, redacted: rules, attributes }: ChatMessage,
): Omit<S, "id"> {
  return {
    ...stored,
    content,
    ...(messageId === undefined ? {} : { id: messageId }),
    ...(role === undefined ? {} : { role }),
    ...(rules === undefined ? {} : { redacted: rules }),
    ...(attributes === undefined ? {} : { attributes }),
  };
}

/** The part with the answers of a document about the same content; undefined when it does not have them. */
export function answered(part: SessionPart, { source }: HeldDocument): EmbeddedPart | undefined {
  const { summary, language, intent, topics, sentiment, sensitive, sensitiveKinds, summaryModel } = source;
  const { categories, promptVersion, taxonomyHash } = source;
  const { unreadCharacters = 0, embedding, embeddingModel, embeddingTruncated = false } = source;
  if (
    summary === undefined ||
    language === undefined ||
    intent === undefined ||
    topics === undefined ||
    sentiment === undefined ||
    sensitive === undefined ||
    sensitiveKinds === undefined ||
    summaryModel === undefined ||
    promptVersion === undefined ||
    taxonomyHash === undefined ||
    embedding === undefined ||
    embeddingModel === undefined
  )
    return undefined;
  return {
    part,
    summary: {
      ...{ summary, language, intent, topics, sentiment, sensitive, sensitiveKinds },
      ...(categories === undefined ? {} : { categories: answersOf(categories) }),
    },
    summaryModel,
    promptVersion,
    taxonomyHash,
    unreadCharacters,
    embedding,
    embeddingModel,
    embeddingTruncated,
  };
}

/**
 * True when the documents are the parts of one session, as they are cut: numbered from first to last, without a message
 * in two of them. Panes of a session that was emitted early have numbers of their own, so they are left as they are.
 */
export function isOneSession(documents: readonly HeldDocument[]): boolean {
  if (documents.some(({ source }) => source.early || source.pane > 0)) return true;
  const numbers = documents.map(({ source }) => source.part).sort((a, b) => a - b);
  const isNumbered = numbers.every((part, index) => part === index + 1);
  const isComplete = documents.every(({ source }) => source.partCount === documents.length);
  const keys = documents.flatMap((document) => keysOf(document) ?? []);
  return isNumbered && isComplete && new Set(keys).size === keys.length;
}
