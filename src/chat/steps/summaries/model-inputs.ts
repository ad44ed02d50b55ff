import type { ChatMessage } from "../../model";
import { type Speaker, speakersOf } from "../sessions/speakers";
import { estimateTokens, truncateToTokens } from "../text/tokens";
import { visibleText } from "../text/visible-text";

/** A message, or a piece of one, as people see it. */
export interface Line {
  readonly speaker: Speaker;
  readonly text: string;
}

/** The part of a chat that one model call reads, in order. */
export type ModelInput = readonly Line[];

/** Brackets, quotes, comma, number and line break of a message's own line. */
const LINE_TOKENS = 16;
/**
 * Length of the overlap: a piece of a message begins with the end of the piece before, so that no sentence can be
 * hidden by cutting it in two. It is at most a quarter of a piece, so that pieces get on.
 */
const OVERLAP_CHARACTERS = 400;
/** Room for a speaker and a few characters of any kind, so that every piece has some. */
const MIN_TOKENS = 50;

/** Estimated tokens of an input in a prompt. */
export function inputTokens(input: ModelInput): number {
  return input.reduce((sum, line) => sum + estimateTokens(line.text) + frameTokens(line), 0);
}

/** All of a line but its text. */
function frameTokens({ speaker: [role] }: Line): number {
  return LINE_TOKENS + estimateTokens(role);
}

/** The messages with their speakers. */
export function linesOf(messages: readonly ChatMessage[]): readonly Line[] {
  const speakers = speakersOf(messages);
  return messages.map(({ content }, index) => ({ speaker: speakers[index]!, text: content }));
}

/**
 * Cuts the messages into inputs of at most `maxTokens` estimated tokens each, or of 50 when `maxTokens` is less. No
 * input leaves out visible text: a message above the bound is read in pieces, which overlap.
 */
export function modelInputs(lines: readonly Line[], maxTokens: number): readonly ModelInput[] {
  const inputs: Line[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  const bound = Math.max(MIN_TOKENS, maxTokens);
  for (const piece of lines.flatMap((line) => pieces(line, bound - frameTokens(line)))) {
    const own = estimateTokens(piece.text) + frameTokens(piece);
    if (tokens + own > bound) {
      inputs.push([]);
      tokens = 0;
    }
    inputs.at(-1)!.push(piece);
    tokens += own;
  }
  return inputs;
}

/**
 * Returns all inputs when they are at most `max`; else the first ones and the last, and the number of characters of the
 * others.
 */
export function boundedInputs(
  inputs: readonly ModelInput[],
  max: number,
): { readonly inputs: readonly ModelInput[]; readonly unreadCharacters: number } {
  if (inputs.length <= max) return { inputs, unreadCharacters: 0 };
  const unread = inputs.slice(max - 1, -1).flat();
  const unreadCharacters = unread.reduce((sum, { text }) => sum + text.length, 0);
  return { inputs: [...inputs.slice(0, max - 1), ...inputs.slice(-1)], unreadCharacters };
}

function pieces({ speaker, text }: Line, maxTokens: number): readonly Line[] {
  const found: Line[] = [];
  for (let rest = visibleText(text); ;) {
    const piece = truncateToTokens(rest, maxTokens);
    found.push({ speaker, text: piece });
    if (piece.length === rest.length) return found;
    rest = rest.slice(piece.length - overlapOf(piece));
  }
}

/** UTF-16 units; cuts no code point in two. */
function overlapOf(piece: string): number {
  const length = Math.min(OVERLAP_CHARACTERS, piece.length >> 2);
  const isInsidePair = /^[\udc00-\udfff]/.test(piece.slice(piece.length - length));
  return isInsidePair ? length - 1 : length;
}
