import type { ChatMessage, SessionPart } from "../model";
import { cut } from "./cut";
import { replaceText, withReplaced, writtenMs } from "./edits";
import { idOrTime } from "./message-key";
import { compareMessages } from "./position";
import type { SessionSettings } from "./settings";

export interface Sessionised {
  readonly parts: readonly SessionPart[];
  readonly duplicates: number;
  /** Messages whose id another text has, as far as they were not known as edits before. */
  readonly edits: number;
}

export interface PaneOfSession {
  readonly pane: number;
  readonly early: boolean;
}

/**
 * Cuts one pane of a session (in any order) into its numbered parts, in order of event time. Duplicates (the same key)
 * are counted and dropped; the first in order stays. Another text under a known id is an edit: `onEdit` decides whether
 * both stay. The cut depends on content and order alone.
 */
export function sessionise(
  userId: string,
  messages: Iterable<ChatMessage>,
  pane: PaneOfSession,
  settings: SessionSettings,
): Sessionised {
  const ordered = [...messages].sort(compareMessages);
  const { distinct, duplicates, edits } = distinguish(ordered, settings.onEdit);
  const cuts = cut(distinct, settings);
  const parts = cuts.map((own, index) => ({
    userId,
    startMs: own[0]!.timestampMs,
    endMs: own.reduce((latest, message) => Math.max(latest, writtenMs(message)), Number.NEGATIVE_INFINITY),
    part: index + 1,
    partCount: cuts.length,
    ...pane,
    messages: own,
  }));
  return { parts, duplicates, edits };
}

/** Texts under one id, or without an id at one time; `place` is that of the first among the distinct messages. */
interface Texts {
  place: number;
  /** A set from the second text on. */
  seen: string | Set<string>;
}

/** Decides as keys would, without a hash for each message. */
function distinguish(ordered: readonly ChatMessage[], onEdit: SessionSettings["onEdit"]) {
  const distinct: ChatMessage[] = [];
  const groups = new Map<string | number, Texts>();
  let duplicates = 0;
  let edits = 0;
  for (const message of ordered) {
    const group = idOrTime(message);
    const texts = groups.get(group);
    if (texts === undefined) {
      groups.set(group, { place: distinct.length, seen: message.content });
      distinct.push(message);
    } else if (!addText(texts, message.content)) {
      duplicates++;
      distinct[texts.place] = withReplaced(distinct[texts.place]!, message);
    } else if (message.messageId === undefined) {
      distinct.push(message);
    } else {
      if (message.isEdit === undefined) edits++;
      if (onEdit === "replace") distinct[texts.place] = replaceText(distinct[texts.place]!, message);
      else distinct.push({ ...message, isEdit: true });
    }
  }
  return { distinct, duplicates, edits };
}

/** False when the text is known. */
function addText(texts: Texts, content: string): boolean {
  if (texts.seen === content) return false;
  if (typeof texts.seen === "string") texts.seen = new Set([texts.seen]);
  const { size } = texts.seen;
  return texts.seen.add(content).size > size;
}
