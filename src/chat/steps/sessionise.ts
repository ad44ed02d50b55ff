import type { ChatMessage, SessionPart } from "../model";
import { compareMessages } from "./position";
import type { SessionSettings } from "./settings";
import { estimateTokens } from "./tokens";

export interface Sessionised {
  readonly parts: readonly SessionPart[];
  readonly duplicates: number;
}

export interface PaneOfSession {
  readonly pane: number;
  readonly early: boolean;
}

/**
 * Cuts one pane of a session (in any order) into its numbered parts, in order of event time. Duplicates (the same
 * message id, or the same position) are counted and dropped; the first in order stays. The cut depends on content and
 * order alone.
 */
export function sessionise(
  userId: string,
  messages: Iterable<ChatMessage>,
  pane: PaneOfSession,
  settings: SessionSettings,
): Sessionised {
  const ordered = [...messages].sort(compareMessages);
  const distinct = dropDuplicates(ordered);
  const cuts = cut(distinct, settings);
  const parts = cuts.map((own, index) => ({
    userId,
    startMs: own[0]!.timestampMs,
    endMs: own[own.length - 1]!.timestampMs,
    part: index + 1,
    partCount: cuts.length,
    ...pane,
    messages: own,
  }));
  return { parts, duplicates: ordered.length - distinct.length };
}

/** Messages of one position have one event time as well, so they are neighbours in order. */
function dropDuplicates(ordered: readonly ChatMessage[]): readonly ChatMessage[] {
  const ids = new Set<string>();
  return ordered.filter((message, index) => {
    const { messageId } = message;
    const before = ordered[index - 1];
    if (before !== undefined && compareMessages(before, message) === 0) return false;
    if (messageId === undefined) return true;
    const count = ids.size;
    return ids.add(messageId).size > count;
  });
}

/**
 * Greedy: a part takes messages until the next one would exceed a bound. A message above a bound is a part of its own.
 */
function cut(messages: readonly ChatMessage[], settings: SessionSettings): ChatMessage[][] {
  const parts: ChatMessage[][] = [];
  let tokens = 0;
  let bytes = 0;
  for (const message of messages) {
    const ownTokens = estimateTokens(message.content);
    const ownBytes = Buffer.byteLength(message.content);
    const current = parts[parts.length - 1];
    const fits =
      current !== undefined &&
      current.length < settings.maxPartMessages &&
      tokens + ownTokens <= settings.maxPartTokens &&
      bytes + ownBytes <= settings.maxPartBytes;
    if (fits) {
      current.push(message);
      tokens += ownTokens;
      bytes += ownBytes;
    } else {
      parts.push([message]);
      tokens = ownTokens;
      bytes = ownBytes;
    }
  }
  return parts;
}
