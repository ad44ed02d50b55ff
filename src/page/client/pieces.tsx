import type { Pieces } from "../contract";

const MASKED = {
  card: "card number",
  email: "e-mail address",
  phone: "phone number",
  iban: "account number",
  credential: "secret",
} as const;

/** A text of strangers, as text alone: words of the question marked, sensitive values hidden. */
export function PieceText({ pieces }: { readonly pieces: Pieces }) {
  return (
    <>
      {pieces.map((piece, place) =>
        "masked" in piece ? (
          <span class="mask" key={place}>
            {MASKED[piece.masked]} hidden
          </span>
        ) : piece.match === true ? (
          <mark key={place}>{piece.text}</mark>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}

export function countMasked(texts: readonly Pieces[]): number {
  return texts.flat().filter((piece) => "masked" in piece).length;
}
