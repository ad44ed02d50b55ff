import type { ChatMessage, SessionPart } from "../../model";
import { withoutKinds } from "../../privacy/masks";
import { attributesOf } from "../records/attributes";
import { cut } from "./cut";
import { replaceText, withReplaced, writtenMs } from "./edits";
import { idOrTime } from "../ids/message-key";
import { firstResponse } from "./first-response";
import { compareMessages } from "./position";
import type { SessionSettings } from "../records/settings";

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
 * both stay, or the one that was written last, which may be one that was there before. The cut depends on content and
 * order alone.
 */
export function sessionise(
  sessionKey: string,
  messages: Iterable<ChatMessage>,
  pane: PaneOfSession,
  settings: SessionSettings,
): Sessionised {
  const ordered = [...messages].sort(compareMessages);
  const { distinct, duplicates, edits } = distinguish(ordered, settings.onEdit);
  const cuts = cut(distinct, settings);
  const attributes = attributesOf(distinct, settings.attributes);
  const response = firstResponse(distinct);
  const parts = cuts.map((own, index) => ({
    sessionKey,
    startMs: own[0]!.timestampMs,
    endMs: own.reduce((latest, message) => Math.max(latest, writtenMs(message)), Number.NEGATIVE_INFINITY),
    part: index + 1,
    partCount: cuts.length,
    ...pane,
    messages: own,
    ...(attributes === undefined ? {} : { attributes }),
    ...(response !== undefined && own.includes(response.asked) ? { firstResponseMs: response.afterMs } : {}),
  }));
  return { parts, duplicates, edits };
}

/** Several texts under one id, or without an id at one time; `place` is the first one's among the distinct messages. */
interface Texts {
  readonly place: number;
  readonly seen: Set<string>;
}

/** Decides as keys would, without a hash for each message. */
function distinguish(ordered: readonly ChatMessage[], onEdit: SessionSettings["onEdit"]) {
  const distinct: ChatMessage[] = [];
  /** The place alone where there is one text, as there mostly is. */
  const groups = new Map<string | number, Texts | number>();
  let edits = 0;
  let duplicates = 0;
  for (const message of ordered) {
    const group = idOrTime(message);
    const known = groups.get(group);
    if (known === undefined) {
      groups.set(group, distinct.length);
      distinct.push(message);
      continue;
    }
    const texts =
      typeof known === "number" ? { place: known, seen: new Set([withoutKinds(distinct[known]!.content)]) } : known;
    groups.set(group, texts);
    const { place, seen } = texts;
    const text = withoutKinds(message.content);
    if (seen.has(text)) {
      duplicates++;
      const standing = distinct[place]!;
      const isBack = withoutKinds(standing.content) !== text && writtenMs(message) > writtenMs(standing);
      distinct[place] =
        onEdit === "replace" && isBack ? replaceText(standing, message) : withReplaced(standing, message);
      continue;
    }
    seen.add(text);
    if (message.messageId === undefined) {
      distinct.push(message);
      continue;
    }
    if (message.isEdit === undefined) edits++;
    if (onEdit === "replace") distinct[place] = replaceText(distinct[place]!, message);
    else distinct.push({ ...message, isEdit: true });
  }
  return { distinct, duplicates, edits };
}
