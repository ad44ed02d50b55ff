/**
 * Finds where JSON values end that follow one another: with or without spaces, lines or commas between them, or in a
 * list. Nothing is parsed, so a value that is no JSON is found too, up to where it can end.
 *
 * 1. All bytes but spaces, commas and brackets between values are in exactly one value.
 * 2. A broken object ends where no object can go on: at a line's end within a text, and before an object that follows
 *    neither a colon, a comma nor a bracket. So one broken value spoils no others.
 * 3. Bytes may come in any chunks; the state between them is constant in size.
 */

const [NEWLINE, SPACE, QUOTE, BACKSLASH, COMMA, COLON] = [0x0a, 0x20, 0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The end of a value: the index behind its last byte; `isOver` is false when it goes on in the next chunk. */
export interface ValueEnd {
  readonly end: number;
  readonly isOver: boolean;
}

export class JsonValues {
  private depth = 0;
  private isInText = false;
  private isEscaped = false;
  private isToken = false;
  private isAtTokenStart = false;
  /** The last byte outside of texts that is no space. */
  private before = 0;

  /** Index of the first byte at `from` or later that begins a value; the chunk's length when there is none. */
  begin(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && isBetween(chunk[at]!)) at++;
    if (at === chunk.length) return at;
    const first = chunk[at]!;
    this.depth = 0;
    this.isInText = false;
    this.isEscaped = false;
    this.isToken = first !== OPEN_OBJECT && first !== QUOTE;
    this.isAtTokenStart = this.isToken;
    this.before = OPEN_LIST;
    return at;
  }

  /** The end of the value that was begun; `from` is where it begins, or goes on in a further chunk. */
  end(chunk: Uint8Array, from: number): ValueEnd {
    if (this.isToken) {
      // The first byte belongs to the token, whatever it is.
      const at = this.isAtTokenStart ? from + 1 : from;
      this.isAtTokenStart = false;
      return endOfToken(chunk, at);
    }
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.isInText) {
        if (byte === NEWLINE) return { end: at, isOver: true };
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === BACKSLASH) this.isEscaped = true;
        else if (byte === QUOTE) {
          this.isInText = false;
          if (this.depth === 0) return { end: at + 1, isOver: true };
        }
        continue;
      }
      if (byte <= SPACE) continue;
      if (byte === QUOTE) this.isInText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (byte === OPEN_OBJECT && !mayPrecedeObject(this.before)) return { end: at, isOver: true };
        this.depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (--this.depth <= 0) return { end: at + 1, isOver: true };
      }
      this.before = byte;
    }
    return { end: chunk.length, isOver: false };
  }
}

/** The values in a text that is there as a whole. */
export function* valuesIn(bytes: Uint8Array): Generator<Uint8Array> {
  const values = new JsonValues();
  for (let at = values.begin(bytes, 0); at < bytes.length;) {
    const { end } = values.end(bytes, at);
    yield bytes.subarray(at, end);
    at = values.begin(bytes, end);
  }
}

function endOfToken(chunk: Uint8Array, from: number): ValueEnd {
  for (let at = from; at < chunk.length; at++) {
    if (isBetween(chunk[at]!) || chunk[at] === OPEN_OBJECT) return { end: at, isOver: true };
  }
  return { end: chunk.length, isOver: false };
}

function isBetween(byte: number): boolean {
  return byte <= SPACE || byte === COMMA || byte === OPEN_LIST || byte === CLOSE_LIST;
}

function mayPrecedeObject(byte: number): boolean {
  return byte === OPEN_LIST || byte === COMMA || byte === COLON;
}
