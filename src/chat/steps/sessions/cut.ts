import type { ChatMessage } from "../../model";
import type { SessionSettings } from "../records/settings";
import { estimateTokens, MAX_TOKENS_PER_UNIT } from "../text/tokens";

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

type Bounds = Pick<SessionSettings, "maxPartMessages" | "maxPartTokens" | "maxPartBytes">;

interface Size {
  readonly messages: number;
  readonly tokens: number;
  readonly bytes: number;
}

const EMPTY: Size = { messages: 0, tokens: 0, bytes: 0 };

/**
 * Cuts the ordered messages of a session into parts. A part takes messages until the next one would exceed a bound; a
 * message above a bound is a part of its own. Messages of one time stay together as far as a part can hold them, so
 * their positions do not decide where a part begins.
 */
export function cut(messages: readonly ChatMessage[], bounds: Bounds): readonly (readonly ChatMessage[])[] {
  if (messages.length > 0 && isOnePart(messages, bounds)) return [messages];
  const parts: ChatMessage[][] = [];
  let size = EMPTY;
  const add = (piece: readonly ChatMessage[], own: Size): void => {
    const current = parts.at(-1);
    const joined = sum(size, own);
    const fits = current !== undefined && isWithin(joined, bounds);
    if (fits) for (const message of piece) current.push(message);
    else parts.push([...piece]);
    size = fits ? joined : own;
  };
  for (const tie of ties(messages)) {
    const sizes = tie.map(sizeOf);
    const whole = sizes.reduce(sum, EMPTY);
    if (isWithin(whole, bounds)) add(tie, whole);
    else for (const [index, message] of tie.entries()) add([message], sizes[index]!);
  }
  return parts;
}

/** Most sessions are one part, so this makes no objects; most are short, so it looks at their lengths first. */
function isOnePart(messages: readonly ChatMessage[], bounds: Bounds): boolean {
  let units = 0;
  for (const { content } of messages) units += content.length;
  const most = { tokens: units * MAX_TOKENS_PER_UNIT, bytes: units * MAX_BYTES_PER_UNIT };
  if (isWithin({ messages: messages.length, ...most }, bounds)) return true;
  let tokens = 0;
  let bytes = 0;
  for (const { content } of messages) {
    tokens += estimateTokens(content);
    bytes += Buffer.byteLength(content);
  }
  return isWithin({ messages: messages.length, tokens, bytes }, bounds);
}

/** Runs of messages that have one event time. */
function* ties(messages: readonly ChatMessage[]): Generator<readonly ChatMessage[]> {
  let from = 0;
  for (let to = 1; to <= messages.length; to++) {
    if (messages[to]?.timestampMs === messages[from]!.timestampMs) continue;
    yield messages.slice(from, to);
    from = to;
  }
}

function sizeOf({ content }: ChatMessage): Size {
  return { messages: 1, tokens: estimateTokens(content), bytes: Buffer.byteLength(content) };
}

function sum(a: Size, b: Size): Size {
  return { messages: a.messages + b.messages, tokens: a.tokens + b.tokens, bytes: a.bytes + b.bytes };
}

function isWithin({ messages, tokens, bytes }: Size, bounds: Bounds): boolean {
  return messages <= bounds.maxPartMessages && tokens <= bounds.maxPartTokens && bytes <= bounds.maxPartBytes;
}
