/** Hides the values of texts that rules take for personal or secret, so that nobody sees them by chance. Pure. */
import { detectorOf, ENTITIES, type Entity, type Finding } from "../chat/detectors/detector";
import { RULES, type RuleName } from "../chat/detectors/entities";

export const MASK_KINDS = ENTITIES;

/** A piece of a text. A masked one has the kind of its value in place of its text. */
export type MaskedPiece =
  { readonly text: string; readonly match?: true } | { readonly masked: Entity; readonly match?: true };

interface Piece {
  readonly text: string;
  readonly match?: true;
}

/** A value's place in a text. */
export type Span = Pick<Finding, "rule" | "start" | "end">;

export const detect = detectorOf({ entities: ENTITIES });

/** Cuts a text, which may be in pieces already, at the values that are masked. */
export function maskedPieces(pieces: readonly Piece[]): readonly MaskedPiece[] {
  return maskedAt(detect(textOf(pieces)), pieces);
}

export function masked(text: string): readonly MaskedPiece[] {
  return maskedPieces([{ text }]);
}

/**
 * Masks an excerpt by the values of its whole text: one that the excerpt cuts, or takes out of the words around it, is
 * none by itself. An excerpt that stands at several places is masked by the values of all of them. Empty when the text
 * does not hold it.
 */
export function maskedExcerpt(excerpt: readonly Piece[], whole: string): readonly MaskedPiece[] {
  const text = textOf(excerpt);
  const first = whole.indexOf(text);
  if (text === "" || first === -1) return [];
  const values = detect(whole);
  const spans: Span[] = [];
  let next = 0;
  for (let at = first; at !== -1; at = whole.indexOf(text, at + 1)) {
    const end = at + text.length;
    while (next < values.length && values[next]!.end <= at) next++;
    for (let place = next; place < values.length && values[place]!.start < end; place++) {
      const value = values[place]!;
      spans.push({ rule: value.rule, start: Math.max(0, value.start - at), end: Math.min(end, value.end) - at });
    }
  }
  return maskedAt(ordered(spans), excerpt);
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join("");
}

/** The same spans in order, each without what the ones before it cover. */
export function ordered(spans: readonly Span[]): readonly Span[] {
  let covered = 0;
  return spans
    .toSorted((a, b) => a.start - b.start)
    .flatMap((span) => {
      const start = Math.max(span.start, covered);
      covered = Math.max(covered, span.end);
      return start < span.end ? [{ ...span, start }] : [];
    });
}

/** Cuts a text in pieces at values that are found already, in order and apart; they may go on behind its end. */
export function maskedAt(found: readonly Span[], pieces: readonly Piece[]): readonly MaskedPiece[] {
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
