/**
 * Characters that take no place on a screen, although they are text to a model: tags (U+E0000 on), zero-width spaces,
 * marks of reading direction, soft hyphens and similar ones.
 */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Invisible copies of ASCII, and variation selectors that no keyboard types: text can be encoded in both. */
const UNSEEN_TEXT = /[\u{e0000}-\u{e0fff}]+/gu;
/**
 * Characters that scripts need: joiners (emoji, Persian, Indic scripts), variation selectors (emoji, Mongolian), jamo
 * fillers (Korean).
 */
const NEEDED = /[\p{Join_Control}\p{Variation_Selector}\u115f\u1160]/u;
/** Scripts that need none of them, and whose words they would tear apart. */
const NEEDED_BY_OTHERS =
  /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{Join_Control}\p{Variation_Selector}\u115f\u1160]+/gu;
/** No script needs more than two in a row; a longer run encodes something. */
const NEEDED_RUN =
  /([\p{Join_Control}\p{Variation_Selector}\u115f\u1160]{2})[\p{Join_Control}\p{Variation_Selector}\u115f\u1160]+/gu;
const PLAIN = /^[\x20-\x7e\t\r\n]*$/;

/**
 * Reduces a message to the text that people see, for a model to read. Invisible characters are left out, and U+FFFD
 * stands in their place where they were text of their own, or all of the message. Characters that scripts need stay.
 * Idempotent.
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

/** True for an unseen character that visible text is made with. */
export function isNeededByScripts(character: string): boolean {
  // Selectors of two UTF-16 units are for rare ideographs, and have been used to smuggle text.
  return character.length === 1 && NEEDED.test(character);
}
