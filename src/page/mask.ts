/** Hides the values of texts that rules take for personal or secret, so that nobody sees them by chance. Pure. */
import { detectorOf, ENTITIES, type Entity } from "../chat/detectors/detector";
import { RULES, type RuleName } from "../chat/detectors/entities";

export const MASK_KINDS = ENTITIES;

/** A piece of a text. A masked one has the kind of its value in place of its text. */
export type MaskedPiece =
  { readonly text: string; readonly match?: true } | { readonly masked: Entity; readonly match?: true };

interface Piece {
  readonly text: string;
  readonly match?: true;
}

const detect = detectorOf({ entities: ENTITIES });

/** Cuts a text, which may be in pieces already, at the values that are masked. */
export function maskedPieces(pieces: readonly Piece[]): readonly MaskedPiece[] {
  const found = detect(pieces.map(({ text }) => text).join(""));
  const cut: MaskedPiece[] = [];
  let offset = 0;
  let next = 0;
  for (const { text, match } of pieces) {
    const marked = match === undefined ? {} : { match };
    const end = offset + text.length;
    let from = offset;
    while (from < end) {
      while (next < found.length && found[next]!.end <= from) next++;
      const span = found[next];
      const until = Math.min(end, span === undefined ? end : span.start > from ? span.start : span.end);
      const isMasked = span !== undefined && span.start <= from;
      // A value that goes on from the piece before is already said to be there.
      if (!isMasked) cut.push({ text: text.slice(from - offset, until - offset), ...marked });
      else if (span.start === from) cut.push({ masked: RULES[span.rule as RuleName].entity, ...marked });
      from = until;
    }
    offset = end;
  }
  return cut;
}

export function masked(text: string): readonly MaskedPiece[] {
  return maskedPieces([{ text }]);
}
