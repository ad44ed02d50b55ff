import { isNeededByScripts } from "../../chat/steps/text/visible-text";

/**
 * Characters that a terminal obeys or does not show: control characters, line separators, direction marks, tags,
 * zero-width spaces.
 */
const UNSAFE = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;
const UNSAFE_IN_ID = /[\p{Cc}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|[^\S ]/gu;

/**
 * Makes a stranger's stored text safe for a terminal, where control characters could move the cursor, set the title or
 * recolour, and direction marks could turn a line around. They become U+FFFD; white space becomes one space.
 */
export function safeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\s+/gu, " ")
    .replace(UNSAFE, (character) => (isNeededByScripts(character) ? character : "\ufffd"))
    .trim();
}

/**
 * Shows an id so that two different ids look different: characters that `safeText` replaces, joiners and odd spaces
 * become `\u{…}`.
 */
export function safeId(id: string): string {
  return id.toWellFormed().replace(UNSAFE_IN_ID, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** JSON that is safe to print: characters that `safeText` replaces, and joiners, are escaped. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(UNSAFE, (character) =>
    // The line breaks between values are our own.
    character === "\n" ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

/** At most `length` characters, with an ellipsis where some are missing. */
export function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

/** `1 message`, `2 messages`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
