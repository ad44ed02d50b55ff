/** Writes ASCII as tag characters, which no screen shows and a model reads. */
export function inTags(text: string): string {
  return [...text].map((character) => String.fromCodePoint(0xe0000 + character.codePointAt(0)!)).join("");
}
