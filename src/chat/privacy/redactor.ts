import { detectorOf, type Finding } from "../detectors/detector";
import { type RuleName, RULES } from "../detectors/entities";
import { type ChatMessage, type Session, type SessionAttributes, sessionKeyOf, type SessionSummary } from "../model";
import { pseudonymsOf } from "./key-file";
import { isPseudonym, type Pseudonyms } from "./pseudonyms";
import { isMark, markOf } from "./masks";
import type { PrivacySettings, RedactionSettings } from "./settings";

/** Redacts texts and messages; each function returns what it was given where nothing is to be done. */
export interface Redactor {
  /** A message as the index, checkpoints and letters have it, of one as it was sent. */
  message(message: ChatMessage): ChatMessage;
  /** The same of one that was kept, redacted or not: its pseudonyms stay. */
  keptMessage(message: ChatMessage): ChatMessage;
  /** A session that was kept before it was redacted. */
  session<S extends Pick<Session, "sessionKey" | "messages">>(session: S): S;
  /** Attributes of a session as the index has them. */
  attributes(values: SessionAttributes): SessionAttributes;
  /** Messages as a model reads them. */
  forModel(messages: readonly ChatMessage[]): readonly ChatMessage[];
  /** Messages as they become a vector, which the model reads and the index holds. */
  forVector(messages: readonly ChatMessage[]): readonly ChatMessage[];
  /** The name of a user or a session key in the index, and in the hashes that tell whose a letter or an alert is. */
  nameOf(kind: "user" | "session", id: string): string;
  /** An answer of a model that may have read originals, as the index has it. */
  answer(summary: SessionSummary): SessionSummary;
}

type Text = (text: string) => string;

const AS_IT_IS: Text = (text) => text;

/**
 * Reads the key file of this host where one is needed. Throws `JobError` BAD_OPTION as `pseudonymsOf` does. `unwrapped`
 * is what a wrapped key makes; without it, such a key is an error of the caller.
 */
export function redactorOf(
  { redaction, pseudonymisesUsers, key }: PrivacySettings = {},
  unwrapped?: Pseudonyms,
): Redactor {
  const pseudonyms = unwrapped ?? pseudonymsBy(key);
  const detect = redaction === undefined ? undefined : detectorOf(redaction);
  const masked = (text: string, findings: readonly Finding[]): string =>
    redaction === undefined ? text : withMarks(text, findings, redaction, pseudonyms);
  const redactText: Text = detect === undefined ? AS_IT_IS : (text) => masked(text, detect(text));
  const isForIndex = redaction?.where === "index" || redaction?.where === "both";
  const forIndex = isForIndex ? redactText : AS_IT_IS;
  const keepsOriginal = redaction?.where === "index";
  const ofId = (kind: "user" | "session" | "message", id: string, isKept: boolean): string | undefined =>
    isKept && isPseudonym(id) ? id : pseudonyms?.ofId(kind, id);
  /** An id that holds personal data is its pseudonym, or unusable without a key. */
  const idOf = (id: string, isKept: boolean): string | undefined => {
    const isPseudonymous = pseudonyms !== undefined && pseudonymisesUsers === true;
    return !isPseudonymous && forIndex(id) === id ? id : ofId("message", id, isKept);
  };
  const withIds = (message: ChatMessage, isKept: boolean): ChatMessage => {
    if (message.messageId === undefined) return message;
    const own = idOf(message.messageId, isKept);
    if (own === message.messageId) return message;
    return own === undefined ? withoutId(message) : { ...message, messageId: own };
  };
  const nameOf = (kind: "user" | "session", id: string, isKept = false): string =>
    pseudonymisesUsers === true ? (ofId(kind, id, isKept) ?? id) : id;
  const withUsers = (message: ChatMessage, isKept: boolean): ChatMessage => {
    if (pseudonymisesUsers !== true) return message;
    const { userId, sessionKey } = message;
    return {
      ...message,
      userId: nameOf("user", userId, isKept),
      ...(sessionKey === undefined ? {} : { sessionKey: nameOf("session", sessionKey, isKept) }),
    };
  };
  const withTexts = (message: ChatMessage): ChatMessage => {
    const { content, role, attributes } = message;
    const findings = isForIndex && detect !== undefined ? detect(content) : [];
    const own = masked(content, findings);
    const ownRole = role === undefined ? undefined : forIndex(role);
    const ownAttributes = attributes === undefined ? undefined : mapped(attributes, forIndex);
    if (own === content && ownRole === role && ownAttributes === attributes) return message;
    return {
      ...message,
      content: own,
      ...(ownRole === undefined ? {} : { role: ownRole }),
      ...(ownAttributes === undefined ? {} : { attributes: ownAttributes }),
      ...(keepsOriginal && own !== content ? { modelContent: content } : {}),
      ...(own === content ? {} : { redacted: [...new Set([...(message.redacted ?? []), ...rulesOf(findings)])] }),
    };
  };
  const redactMessage = (message: ChatMessage, isKept: boolean): ChatMessage =>
    withTexts(withUsers(withIds(message, isKept), isKept));
  const keptMessage = (message: ChatMessage): ChatMessage => redactMessage(message, true);
  const forModel = (messages: readonly ChatMessage[]): readonly ChatMessage[] => {
    if (redaction === undefined || redaction.where === "both") return messages;
    const read = redaction.where === "model" ? redactText : AS_IT_IS;
    return messages.map(({ role, ...message }) => ({
      ...message,
      content: read(message.modelContent ?? message.content),
      ...(role === undefined ? {} : { role: read(role) }),
    }));
  };
  return {
    message: (message) => redactMessage(message, false),
    keptMessage,
    session(session) {
      const messages = session.messages.map(keptMessage);
      const [first] = messages;
      return { ...session, messages, sessionKey: first === undefined ? session.sessionKey : sessionKeyOf(first) };
    },
    attributes: (values) => mappedAll(values, forIndex),
    nameOf: (kind, id) => nameOf(kind, id),
    forModel,
    forVector: (messages) => (redaction?.where === "model" ? forModel(messages) : messages),
    answer(summary) {
      if (!keepsOriginal) return summary;
      return { ...summary, summary: redactText(summary.summary), topics: summary.topics.map(redactText) };
    },
  };
}

function pseudonymsBy(key: PrivacySettings["key"]): Pseudonyms | undefined {
  if (key === undefined) return undefined;
  if ("wrapped" in key) throw new Error("A wrapped key must be unwrapped first.");
  return pseudonymsOf(key);
}

function withoutId({ messageId: _, ...message }: ChatMessage): ChatMessage {
  return { ...message, hasUnusableId: true };
}

/** The same object where nothing has changed. */
function mapped(values: Readonly<Record<string, string>>, change: Text): Readonly<Record<string, string>> {
  const entries = Object.entries(values).map(([name, value]) => [name, change(value)] as const);
  return entries.every(([name, value]) => value === values[name]) ? values : Object.fromEntries(entries);
}

/** The same for attributes that may have several values. */
function mappedAll(values: SessionAttributes, change: Text): SessionAttributes {
  const entries = Object.entries(values).map(([name, own]) => {
    if (typeof own === "string") return [name, change(own)] as const;
    const news = own.map(change);
    return [name, news.every((value, place) => value === own[place]) ? own : news] as const;
  });
  const isSame = entries.every(([name, own]) => own === values[name]);
  return isSame ? values : (Object.fromEntries(entries) as SessionAttributes);
}

function rulesOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ rule }) => rule))];
}

/** The text itself where nothing but marks is found. */
function withMarks(
  text: string,
  findings: readonly Finding[],
  { mask }: RedactionSettings,
  pseudonyms: Parameters<typeof markOf>[3],
): string {
  const values = findings.filter(({ start, end }) => !isMark(text.slice(start, end)));
  if (values.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { rule, start, end } of values) {
    parts.push(text.slice(from, start), markOf(mask, entityOf(rule), text.slice(start, end), pseudonyms));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

function entityOf(rule: Finding["rule"]) {
  return RULES[rule as RuleName].entity;
}
