import { STOP_WORDS, wordsOf } from "../../chat/words";

/** Letters that tell a language within its script, tried in order, then the script's own default. */
const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, "ja"],
  [/\p{Script=Hangul}/u, "ko"],
  [/\p{Script=Han}/u, "zh"],
  [/[іїєґ]/iu, "uk"],
  [/\p{Script=Cyrillic}/u, "ru"],
  [/[ٹڈڑےں]/u, "ur"],
  [/[پچژگ]/u, "fa"],
  [/\p{Script=Arabic}/u, "ar"],
  [/\p{Script=Devanagari}/u, "hi"],
  [/\p{Script=Bengali}/u, "bn"],
  [/\p{Script=Tamil}/u, "ta"],
  [/\p{Script=Telugu}/u, "te"],
  [/\p{Script=Hebrew}/u, "he"],
  [/\p{Script=Greek}/u, "el"],
  [/\p{Script=Thai}/u, "th"],
  [/\p{Script=Georgian}/u, "ka"],
  [/\p{Script=Armenian}/u, "hy"],
];

const LATIN_LANGUAGES = ["en", "es", "fr", "de", "pt", "it", "nl", "pl", "tr"] as const;
const MAX_LETTERS = 4_000;

/**
 * Detects a text's language as a BCP 47 tag: by script, and for Latin by the commonest words. "und" for a text without
 * letters.
 */
export function detectLanguage(text: string): string {
  const letters = text.slice(0, MAX_LETTERS).match(/\p{L}/gu) ?? [];
  if (letters.length === 0) return "und";
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length;
  if (latin * 2 < letters.length) {
    const others = letters.join("");
    return SCRIPTS.find(([pattern]) => pattern.test(others))?.[1] ?? "und";
  }
  return latinLanguage(text.slice(0, MAX_LETTERS));
}

function latinLanguage(text: string): string {
  const own = wordsOf(text);
  let best: string = "en";
  let bestCount = 0;
  for (const language of LATIN_LANGUAGES) {
    const count = own.filter((word) => STOP_WORDS[language]?.has(word)).length;
    if (count > bestCount) [best, bestCount] = [language, count];
  }
  return best;
}
