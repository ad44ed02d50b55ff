import { estimateTokens, truncateToTokens } from "./tokens";
import { visibleText } from "./visible-text";

/** The text of a chat that one model call reads: messages, or pieces of messages, as people see them, in order. */
export type ModelInput = readonly string[];

/** The quotes and the line break of a message's own line. */
const LINE_TOKENS = 6;
/**
 * Length of the overlap: a piece of a message begins with the end of the piece before, so that no sentence can be
 * hidden by cutting it in two. It is at most a quarter of a piece, so that pieces get on.
 */
const OVERLAP_CHARACTERS = 400;
/** Room for a few characters of any kind, so that every piece has some. */
const MIN_TOKENS = 50;

/** Estimated tokens of an input in a prompt. */
export function inputTokens(input: ModelInput): number {
  return input.reduce((sum, content) => sum + estimateTokens(content) + LINE_TOKENS, 0);
}

/**
 * Cuts the messages into inputs of at most `maxTokens` estimated tokens each, or of 50 when `maxTokens` is less. No
 * input leaves out visible text: a message above the bound is read in pieces, which overlap.
 */
export function modelInputs(contents: readonly string[], maxTokens: number): readonly ModelInput[] {
  const inputs: string[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  const bound = Math.max(MIN_TOKENS, maxTokens);
  for (const piece of contents.flatMap((content) => pieces(visibleText(content), bound - LINE_TOKENS))) {
    const own = estimateTokens(piece) + LINE_TOKENS;
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
  const unreadCharacters = unread.reduce((sum, content) => sum + content.length, 0);
  return { inputs: [...inputs.slice(0, max - 1), ...inputs.slice(-1)], unreadCharacters };
}

function pieces(content: string, maxTokens: number): readonly string[] {
  const found: string[] = [];
  for (let rest = content; ;) {
    const piece = truncateToTokens(rest, maxTokens);
    found.push(piece);
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
