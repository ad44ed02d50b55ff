/**
 * Characters that take no place on a screen, although they are text to a model: tags (U+E0000 on), zero-width spaces, marks
 * of reading direction, soft hyphens and their like.
 */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** A copy of ASCII that nothing shows, and variation selectors that no keyboard types, of which text can be made. */
const UNSEEN_TEXT = /[\u{e0000}-\u{e0fff}]+/gu;
/** Joiners (emoji, Persian, Indic scripts), variation selectors (emoji, Mongolian), jamo fillers (Korean). */
const NEEDED = /[\p{Join_Control}\p{Variation_Selector}\u115f\u1160]/u;
/** These scripts need none of them, and words are torn apart by them. */
const NEEDED_BY_OTHERS =
  /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{Join_Control}\p{Variation_Selector}\u115f\u1160]+/gu;
/** No script needs more than two in a row; a longer run is a code. */
const NEEDED_RUN =
  /([\p{Join_Control}\p{Variation_Selector}\u115f\u1160]{2})[\p{Join_Control}\p{Variation_Selector}\u115f\u1160]+/gu;
const PLAIN = /^[\x20-\x7e\t\r\n]*$/;

/**
 * A message as people see it, for a model to read: what nobody can see is left out, and U+FFFD stands where that was text
 * of its own, or all of the message. What scripts need stays. Doing it twice changes nothing more.
 */
export function visibleText(text: string): string {
  if (PLAIN.test(text)) return text;
  const visible = text
    .replace(UNSEEN_TEXT, "\ufffd")
    .replace(UNSEEN, (character) => (isNeededByScripts(character) ? character : ""))
    .replace(NEEDED_BY_OTHERS, "")
    .replace(NEEDED_RUN, "$1");
  return visible.trim() === "" && text !== "" ? "\ufffd" : visible;
}

/** Whether what shows is made with this unseen character. */
export function isNeededByScripts(character: string): boolean {
  // Selectors of two UTF-16 units are for rare ideographs, and have been used to smuggle text.
  return character.length === 1 && NEEDED.test(character);
}
