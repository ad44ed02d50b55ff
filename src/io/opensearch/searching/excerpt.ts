/** Messages of a hit, as OpenSearch found and marked them. Pure. */
import { MARK } from "../queries/query";

export interface MatchedMessage {
  /** The message's place among those of its document, from 0. */
  readonly index: number;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly id?: string;
  readonly role?: string;
  /** The place of its text that fits the question best, in pieces. */
  readonly excerpt: readonly Piece[];
  /** The whole text, where the question asks for it; without the characters that mark words. */
  readonly content?: string;
}

export interface Piece {
  readonly text: string;
  /** True for words of the question. */
  readonly match?: true;
}

/** An inner hit: one nested message. */
export interface RawMessage {
  readonly _score: number;
  readonly _nested?: { readonly offset: number };
  readonly _source?: {
    readonly timestamp: string;
    readonly id?: string;
    readonly role?: string;
    readonly content?: string;
  };
  readonly highlight?: { readonly "messages.content"?: readonly string[] };
}

/** Share of the best score: a message that fits half as well says little. */
const MIN_OF_BEST = 0.5;

/** The messages that fit about as well as the best one, in order of the chat. */
export function matchedMessages(raw: readonly RawMessage[]): readonly MatchedMessage[] {
  const best = Math.max(...raw.map(({ _score }) => _score));
  return raw
    .filter(({ _score }) => _score >= best * MIN_OF_BEST)
    .map((message) => ({
      index: message._nested?.offset ?? 0,
      timestamp: message._source?.timestamp ?? "",
      ...(message._source?.id === undefined ? {} : { id: message._source.id }),
      ...(message._source?.role === undefined ? {} : { role: message._source.role }),
      excerpt: piecesOf(message.highlight?.["messages.content"]?.[0] ?? ""),
      ...(message._source?.content === undefined ? {} : { content: unmarked(message._source.content) }),
    }))
    .sort((a, b) => a.index - b.index);
}

/** A text without characters that are taken for marks, which `piecesOf` leaves out of its pieces too. */
function unmarked(text: string): string {
  return text.replaceAll(MARK.start, "").replaceAll(MARK.end, "");
}

/** Cuts a text at its marks; marked words with nothing but spaces between them are one piece. */
export function piecesOf(marked: string): readonly Piece[] {
  const joined = marked.replaceAll(new RegExp(`${MARK.end}(\\s*)${MARK.start}`, "gu"), "$1");
  return joined
    .split(MARK.start)
    .flatMap((piece, number): Piece[] => {
      if (number === 0) return [{ text: piece }];
      const [match = "", ...rest] = piece.split(MARK.end);
      return [{ text: match, match: true }, { text: rest.join("") }];
    })
    .filter(({ text }) => text !== "");
}
