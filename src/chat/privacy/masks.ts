/**
 * The marks that stand in the place of redacted values.
 *
 * A message's identity must not depend on whether, and how, it was redacted: a replay by other settings would find a
 * message of its own beside each redacted one. So all marks are the same mark to `withoutKinds`, and a text that was
 * never redacted is told by `mayBeOriginal`.
 */
import { ENTITIES, type Entity } from "../detectors/entities";
import type { Mask } from "./settings";
import type { Pseudonyms } from "./pseudonyms";

/** The mark that stands for all kinds of them. */
export const ANY = "[PII]";
const NAMES = ["PII", ...ENTITIES.map((entity) => entity.toUpperCase())];
const MARK = new RegExp(String.raw`\[(?:${NAMES.join("|")})(?::[\w-]{12})?\]`, "g");

/** A mark by itself; the last bracket may be taken for the sentence's. */
const OWN = new RegExp(String.raw`^\[(?:${NAMES.join("|")})(?::[\w-]{12})?\]?$`);

/** True for a mark of an earlier redaction, which must stay as it is. */
export function isMark(value: string): boolean {
  return OWN.test(value);
}

/** `[PII]`, `[CARD]` or `[CARD:pseudonym]`. */
export function markOf(mask: Mask, entity: Entity, value: string, pseudonyms: Pseudonyms | undefined): string {
  const name = entity.toUpperCase();
  if (mask === "pii") return ANY;
  return mask === "type" || pseudonyms === undefined
    ? `[${name}]`
    : `[${name}:${pseudonyms.ofValue(entity, normalised(entity, value))}]`;
}

/** The text with one mark in the place of all kinds of marks. */
export function withoutKinds(text: string): string {
  return text.includes("[") ? text.replace(MARK, ANY) : text;
}

export function isMarked(text: string): boolean {
  return withoutKinds(text).includes(ANY);
}

/** The texts around the marks, and the entity of each mark; undefined where it does not tell. */
export function marksIn(text: string): {
  readonly pieces: readonly string[];
  readonly kinds: readonly (Entity | undefined)[];
} {
  const marks = [...text.matchAll(MARK)].map(([mark]) => mark);
  const kinds = marks.map((mark) => ENTITIES.find((entity) => mark.startsWith(`[${entity.toUpperCase()}`)));
  return { pieces: text.split(MARK), kinds };
}

/** The value in the one form that all its spellings have. */
function normalised(entity: Entity, value: string): string {
  switch (entity) {
    case "card":
    case "phone":
      return value.replace(/[^\p{Nd}+]/gu, "");
    case "email":
      return value.toLowerCase();
    case "iban":
      return value.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
    case "credential":
      return value;
  }
}
