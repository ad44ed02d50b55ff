/**
 * Says cheaply that a text cannot hold an entity; most messages hold none. All loops are bounded, so the time is linear.
 */
import { CREDENTIAL_SIGNS, PASSWORD_SIGNS } from "./credential-signs";
import type { Entity } from "./entities";

/** A phone number with its area has seven digits at least. */
const SEVEN_DIGITS = /\d(?:[ \t()./-]{0,3}\d){6}/;
const IBAN_BEGIN = /[A-Za-z]{2}\d\d[ -]?[A-Za-z0-9]{2}/;

/** False when the folded text cannot hold the entity. */
export function mayHold(entity: Entity, text: string): boolean {
  switch (entity) {
    case "email":
      return text.includes("@");
    case "iban":
      return IBAN_BEGIN.test(text);
    case "card":
    case "phone":
      return SEVEN_DIGITS.test(text);
    case "credential":
      return CREDENTIAL_SIGNS.test(text) || PASSWORD_SIGNS.test(text);
  }
}
