/**
 * Finds values in texts that nobody needs to see to understand a chat: addresses, numbers of cards, accounts and phones,
 * secrets. By their form alone, so it finds some that are harmless and misses some that are not. Pure.
 */

export const MASK_KINDS = ["secret", "email", "account", "number"] as const;
export type MaskKind = (typeof MASK_KINDS)[number];

/** A piece of a text. A masked one has a kind in place of its text. */
export type MaskedPiece =
  { readonly text: string; readonly match?: true } | { readonly masked: MaskKind; readonly match?: true };

interface Piece {
  readonly text: string;
  readonly match?: true;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: MaskKind;
}

/** Each repetition is bounded, so that a hostile text costs no more time than a plain one. */
// A secret has a digit or a sign, or "my password is wrong" would be one.
const FORMS: readonly (readonly [MaskKind, RegExp])[] = [
  [
    "secret",
    /(?:password|passcode|passphrase|\bpin|\bcvv|\bcvc|passwort|kennwort|contraseña|mot de passe|пароль|senha)(?:\s{1,3}(?:is|was|ist|es|est|é)\s{1,3}|\s{0,3}[:=]\s{0,3})(?=\S{0,100}[\d#$%&*@^_])(\S{1,200})/dgiu,
  ],
  ["email", /(?<![\p{L}\p{N}._%+-])([\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,4})/dgu],
  // IBAN: two letters, two check digits, up to thirty letters and digits.
  ["account", /(?<![A-Z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?![A-Z0-9])/dg],
  // Numbers of cards, phones and persons: nine to nineteen digits, but no date.
  ["number", /(?<![\p{L}\p{N}.])(?!\d{4}-\d\d-\d\d)(\+?\(?\d(?:[ .()/-]{0,2}\d){8,18})(?!\d)/dgu],
];

/** Cuts a text, which may be in pieces already, at the values that are masked. */
export function maskedPieces(pieces: readonly Piece[]): readonly MaskedPiece[] {
  const spans = spansOf(pieces.map(({ text }) => text).join(""));
  const cut: MaskedPiece[] = [];
  let offset = 0;
  let next = 0;
  for (const { text, match } of pieces) {
    const marked = match === undefined ? {} : { match };
    const end = offset + text.length;
    let from = offset;
    while (from < end) {
      while (next < spans.length && spans[next]!.end <= from) next++;
      const span = spans[next];
      const until = Math.min(end, span === undefined ? end : span.start > from ? span.start : span.end);
      const isMasked = span !== undefined && span.start <= from;
      // A value that goes on from the piece before is already said to be there.
      if (!isMasked) cut.push({ text: text.slice(from - offset, until - offset), ...marked });
      else if (span.start === from) cut.push({ masked: span.kind, ...marked });
      from = until;
    }
    offset = end;
  }
  return cut;
}

export function masked(text: string): readonly MaskedPiece[] {
  return maskedPieces([{ text }]);
}

/** The values' places, in order, without overlaps: the one that begins first wins. */
function spansOf(text: string): readonly Span[] {
  const all = FORMS.flatMap(([kind, form]) =>
    [...text.matchAll(form)].flatMap(({ indices }): Span[] => {
      const [start, end] = indices?.[1] ?? [0, 0];
      return end > start ? [{ start, end, kind }] : [];
    }),
  ).sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: Span[] = [];
  for (const span of all) if (span.start >= (apart.at(-1)?.end ?? 0)) apart.push(span);
  return apart;
}
