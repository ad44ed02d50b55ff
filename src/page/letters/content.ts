/** The content of a dead letter as the page shows it. Pure. */
import type { DeadLetter } from "../../chat/model";
import { partOfLetter } from "../../chat/steps/letters/part-of-letter";
import type { Pieces } from "../contract";
import type { LetterAnswer } from "./contract";
import { escapedValues } from "./escaped-values";
import { maskedAt } from "../mask";

type Content = NonNullable<LetterAnswer["content"]>;

/** A browser shows no more at once, and nobody reads it. */
const MAX_CHARACTERS = 65_536;
/** Values at the cut are masked by what follows it. */
const MARGIN_CHARACTERS = 8_192;
const MAX_BYTES = 4_096;
/** Rules find no values in bytes; the first ones tell a format, as those of gzip and zstd do, and no value. */
const SIGNATURE_BYTES = 4;
const MAX_MESSAGES = 500;

/** An open letter's content; values, and all but the first of bytes that are no text, are masked unless `revealed`. */
export function contentOf(letter: DeadLetter, revealed: boolean): Content {
  if (letter.kind === "session") return messagesOf(letter, revealed);
  const text = textOf(letter.payload);
  if (text !== undefined) return { kind: "text", ...shown(text, MAX_CHARACTERS, revealed) };
  const bytes = Buffer.from(letter.payload);
  const max = revealed ? MAX_BYTES : SIGNATURE_BYTES;
  const hexadecimal = bytes
    .subarray(0, max)
    .toString("hex")
    .replace(/(..)(?!$)/g, "$1 ");
  return { kind: "bytes", hexadecimal, isCut: bytes.length > max };
}

/** Undefined for bytes that are no UTF-8, and for UTF-16, of which rules read each other character as NUL. */
function textOf(payload: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function messagesOf(letter: DeadLetter, revealed: boolean): Content {
  const { messages } = partOfLetter(letter);
  let left = MAX_CHARACTERS;
  let isCut = messages.length > MAX_MESSAGES;
  const texts = messages.slice(0, MAX_MESSAGES).flatMap(({ timestampMs, role, content }) => {
    if (left <= 0) isCut = true;
    if (left <= 0) return [];
    const { text, isCut: isShort } = shown(content, left, revealed);
    left -= content.length;
    isCut ||= isShort;
    return [{ timestamp: new Date(timestampMs).toISOString(), ...(role === undefined ? {} : { role }), text }];
  });
  return { kind: "messages", messages: texts, isCut };
}

function shown(text: string, max: number, revealed: boolean): { readonly text: Pieces; readonly isCut: boolean } {
  const part = text.slice(0, max);
  const isCut = part.length < text.length;
  if (revealed) return { text: [{ text: part }], isCut };
  const values = escapedValues(text.slice(0, max + MARGIN_CHARACTERS));
  return { text: maskedAt(values, [{ text: part }]).map((piece) => ({ ...piece })), isCut };
}
