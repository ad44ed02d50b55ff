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

/** Values reach into an excerpt from no further away, all but some keys in PEM. */
const MARGIN_CHARACTERS = 8_192;
/** All that is looked at for one excerpt: the job beside the page waits for it some 20 ms. */
const MAX_CHARACTERS = 65_536;

/**
 * Masks an excerpt by the values of its whole text: one that the excerpt cuts, or takes out of the words around it, is
 * none by itself. An excerpt that stands at several places is masked by the values of all of them. Empty when the text
 * does not hold it, or at so many places that looking around all of them would take too long.
 */
export function maskedExcerpt(excerpt: readonly Piece[], whole: string): readonly MaskedPiece[] {
  const text = textOf(excerpt);
  const around = text === "" ? undefined : placesOf(text, whole);
  if (around === undefined) return [];
  const spans = around.flatMap(({ start, end, places }) => {
    const values = detect(whole.slice(start, end));
    let next = 0;
    return places.flatMap((place) => {
      const at = place - start;
      const until = at + text.length;
      while (next < values.length && values[next]!.end <= at) next++;
      const own: Span[] = [];
      for (let number = next; number < values.length && values[number]!.start < until; number++) {
        const value = values[number]!;
        own.push({ rule: value.rule, start: Math.max(0, value.start - at), end: Math.min(until, value.end) - at });
      }
      return own;
    });
  });
  return maskedAt(ordered(spans), excerpt);
}

interface Around {
  readonly start: number;
  readonly end: number;
  /** Where the excerpt stands in it, in order; in the whole text, as the others. */
  readonly places: readonly number[];
}

/** The text around each place of an excerpt, apart; undefined when there is none, or more than may be looked at. */
function placesOf(text: string, whole: string): readonly Around[] | undefined {
  const found: { readonly start: number; end: number; readonly places: number[] }[] = [];
  let characters = 0;
  for (let at = whole.indexOf(text); at !== -1; at = whole.indexOf(text, at + 1)) {
    const last = found.at(-1);
    const start = Math.max(0, at - MARGIN_CHARACTERS);
    const end = Math.min(whole.length, at + text.length + MARGIN_CHARACTERS);
    const isApart = last === undefined || start > last.end;
    characters += end - (isApart ? start : last.end);
    if (characters > MAX_CHARACTERS) return undefined;
    if (isApart) found.push({ start, end, places: [at] });
    else {
      last.end = end;
      last.places.push(at);
    }
  }
  return found.length === 0 ? undefined : found;
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
