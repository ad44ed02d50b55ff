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

const ANY = "[PII]";
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

/** True when the redacted text may have been made of the other one: all that stands around its marks is the same. */
export function mayBeOriginal(redacted: string, text: string): boolean {
  const [first = "", ...others] = withoutKinds(redacted).split(ANY);
  const last = others.pop();
  const read = withoutKinds(text);
  if (last === undefined) return first === read;
  if (!read.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    // A mark stands for one character at least.
    const found = read.indexOf(piece, at + 1);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return read.length > at + last.length && read.endsWith(last);
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
