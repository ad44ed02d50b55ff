/**
 * Says cheaply that a text cannot hold an entity; most messages hold none. One pass looks at each unit once; what it
 * cannot exclude, patterns look for. All loops are bounded, so the time is linear.
 */
import { CREDENTIAL_SIGNS, PASSWORD_SIGNS, SIGNS_ANYWHERE, SIGNS_AT_BEGIN } from "./credential-signs";
import type { Entity } from "./entities";
import { foldedAt, foldedUnit } from "./fold";
import { isAlphanumeric, isDigit } from "./span";
import { wordMachine } from "./word-machine";
import { COMPARED, comparedUnits } from "./word-units";

/** A phone number with its area has seven digits at least. */
const MIN_DIGITS = 7;
const SEVEN_DIGITS = /\d(?:[ \t()./-]{0,3}\d){6}/;
const IBAN_BEGIN = /[A-Za-z]{2}\d\d[ -]?[A-Za-z0-9]{2}/;

/** Bits for kinds of entities that a text may hold. */
const AT_SIGN = 1;
const LETTER_AND_DIGIT = 2;
const MANY_DIGITS = 4;
const SIGN = 8;
/** A pair of surrogates that folds to something else: any entity may be there. */
const FOLDS = 16;
const NEEDED: Readonly<Record<Entity, number>> = {
  email: AT_SIGN | FOLDS,
  iban: LETTER_AND_DIGIT | FOLDS,
  card: MANY_DIGITS | FOLDS,
  phone: MANY_DIGITS | FOLDS,
  credential: SIGN | FOLDS,
};

/** Kinds of units, above the class that a unit has in the machine of signs. */
const KIND_SHIFT = 12;
const CLASS_MASK = (1 << KIND_SHIFT) - 1;
const LETTER = 1;
const DIGIT = 2;
const MAIL_SIGN = 3;
const UNSEEN = 4;
const SURROGATE = 5;

const SIGNS = wordMachine([
  ...SIGNS_ANYWHERE.map((word) => ({ units: comparedUnits(word), isAtBegin: false })),
  ...SIGNS_AT_BEGIN.map((word) => ({ units: comparedUnits(word), isAtBegin: true })),
]);
const UNITS = Uint16Array.from({ length: 0x10000 }, (_, unit) => {
  const own = foldedUnit(unit);
  if (own === undefined) return UNSEEN << KIND_SHIFT;
  return (kindOf(own) << KIND_SHIFT) | SIGNS.classes[COMPARED[own]!]!;
});

function kindOf(unit: number): number {
  if (isDigit(unit)) return DIGIT;
  if (isAlphanumeric(unit)) return LETTER;
  if (unit === 0x40) return MAIL_SIGN;
  return unit >= 0xd800 && unit <= 0xdbff ? SURROGATE : 0;
}

/** Entities as one number, compared with what `look` saw. */
export function neededFor(entities: readonly Entity[]): number {
  return entities.reduce((bits, entity) => bits | NEEDED[entity], 0);
}

/** Looks at each unit of a text that was not folded: what it may hold, for `mayHold`. */
export function look(text: string): number {
  const { steps } = SIGNS;
  let seen = 0;
  let digits = 0;
  let before = 0;
  let state = 0;
  let hasUnseen = false;
  for (let at = 0; at < text.length; at++) {
    const unit = UNITS[text.charCodeAt(at)]!;
    const kind = unit >> KIND_SHIFT;
    if (kind > LETTER) {
      if (kind === DIGIT) {
        if (++digits === MIN_DIGITS) seen |= MANY_DIGITS;
        if (before === LETTER) seen |= LETTER_AND_DIGIT;
      } else if (kind === MAIL_SIGN) seen |= AT_SIGN;
      else if (kind === UNSEEN) {
        hasUnseen = true;
        continue;
      } else if (foldedAt(text, at) !== undefined) seen |= FOLDS;
    }
    before = kind;
    state = steps[state + (unit & CLASS_MASK)]!;
    if (state >= 0) continue;
    state = ~state;
    if (isSign(state, text, at, hasUnseen)) seen |= SIGN;
  }
  return seen;
}

/** Where a word begins is known only as long as each of its units was seen. */
function isSign(state: number, text: string, at: number, hasUnseen: boolean): boolean {
  return SIGNS.ended(state).some(
    ({ units: { length }, isAtBegin }) =>
      !isAtBegin || hasUnseen || at < length || !isAlphanumeric(text.charCodeAt(at - length)),
  );
}

/** False when the folded text cannot hold the entity; `seen` is what `look` saw in the text before it was folded. */
export function mayHold(entity: Entity, text: string, seen: number): boolean {
  if ((seen & NEEDED[entity]) === 0) return false;
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
