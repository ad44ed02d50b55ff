/**
 * UTF-16 units as words are compared by them: upper and lower case, Latin letters with and without marks, kinds of
 * apostrophes and kinds of white space are the same unit.
 */
export const SPACE = 0x20;
const APOSTROPHES = "’‘ʼ´`＇";
/** Maps each unit to the one that it is compared as. */
export const COMPARED = comparedTable();

/** A phrase as it is compared: a run of spaces is one. */
export function comparedUnits(phrase: string): number[] {
  const units: number[] = [];
  for (const unit of phrase
    .normalize()
    .trim()
    .split("")
    .map((each) => COMPARED[each.charCodeAt(0)]!)) {
    if (unit !== SPACE || units.at(-1) !== SPACE) units.push(unit);
  }
  return units;
}

function comparedTable(): Uint16Array {
  const table = new Uint16Array(65_536);
  for (let unit = 0; unit < table.length; unit++) table[unit] = unit;
  // Beyond these blocks there is no case, or marks are letters of their own.
  for (let unit = 0; unit < 0x2_000; unit++) {
    const character = String.fromCharCode(unit);
    const lower = character.toLowerCase();
    const isLatin = unit < 0x250 || unit >= 0x1e_00;
    const base = isLatin ? lower.normalize("NFD")[0]! : lower;
    if (lower.length === 1) table[unit] = base.charCodeAt(0);
    if (/\s/.test(character)) table[unit] = SPACE;
  }
  for (const apostrophe of APOSTROPHES) table[apostrophe.charCodeAt(0)] = "'".charCodeAt(0);
  for (const space of "\u2028\u2029\u202f\u205f\u3000") table[space.charCodeAt(0)] = SPACE;
  for (let unit = 0x2_000; unit <= 0x20_0a; unit++) table[unit] = SPACE;
  return table;
}
