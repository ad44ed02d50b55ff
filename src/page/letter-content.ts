/** The content of a dead letter as the page shows it. Pure. */
import type { DeadLetter } from "../chat/model";
import { partOfLetter } from "../chat/steps/part-of-letter";
import type { Pieces } from "./contract";
import type { LetterAnswer } from "./contract-letters";
import { masked, maskedExcerpt } from "./mask";

type Content = NonNullable<LetterAnswer["content"]>;

/** A browser shows no more at once, and nobody reads it. */
const MAX_CHARACTERS = 65_536;
/** Values at the cut are masked by what follows it. */
const MARGIN_CHARACTERS = 8_192;
const MAX_BYTES = 4_096;
const MAX_MESSAGES = 500;

/** An open letter's content; values are masked unless it is `revealed`. */
export function contentOf(letter: DeadLetter, revealed: boolean): Content {
  if (letter.kind === "session") return messagesOf(letter, revealed);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(letter.payload);
    return { kind: "text", ...shown(text, MAX_CHARACTERS, revealed) };
  } catch {
    const bytes = Buffer.from(letter.payload);
    const hexadecimal = bytes
      .subarray(0, MAX_BYTES)
      .toString("hex")
      .replace(/(..)(?!$)/g, "$1 ");
    return { kind: "bytes", hexadecimal, isCut: bytes.length > MAX_BYTES };
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
  const pieces = isCut ? maskedExcerpt([{ text: part }], text.slice(0, max + MARGIN_CHARACTERS)) : masked(text);
  return { text: pieces.map((piece) => ({ ...piece })), isCut };
}
