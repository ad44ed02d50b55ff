import { passesLuhn } from "../../chat/detectors/luhn";
import { HEALTH_STEMS, SELF_HARM_STEMS } from "./lexicon";

const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,4}/u;
/** Ten to fifteen digits with at most one separator between two of them: an international or a long national number. */
const PHONE = /(?<![\d.])\+?\(?\d(?:[ .()-]{0,2}\d){9,14}(?!\d)/;
const CARD = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;
const CREDENTIALS = /\b(?:my |the )?(?:password|passcode|pin) (?:is|was)\b|пароль[:\s]+\S*\d/iu;

/** Phrases that announce harm to somebody. */
const VIOLENCE_STEMS: readonly string[] = [
  "kill you",
  "hurt you",
  "shoot you",
  "find you and",
  "know where you live",
  "burn down your",
  "bomb threat",
  "bringe dich um",
  "bringe sie um",
  "weiß, wo sie wohnen",
  "weiß, wo du wohnst",
  "vais te tuer",
  "vais vous tuer",
  "sais où tu habites",
  "sais où vous habitez",
  "voy a matar",
  "sé dónde vives",
  "vou te matar",
  "sei onde você mora",
  "убью тебя",
  "тебя убью",
  "سأقتلك",
  "जान से मार",
  "杀了你",
  "殺すぞ",
  "죽여버리",
];

/** Kinds of sensitive content in a text, sorted. */
export function sensitiveKindsOf(text: string): readonly string[] {
  const lower = text.toLowerCase();
  const isCard = (text.match(CARD) ?? []).some((digits) => passesLuhn(digits.replace(/\D/g, "")));
  const found: readonly (readonly [string, boolean])[] = [
    ["credentials", CREDENTIALS.test(text)],
    ["email", EMAIL.test(text)],
    ["health", HEALTH_STEMS.some((stem) => lower.includes(stem))],
    ["payment", isCard],
    ["phone", PHONE.test(isCard ? text.replace(CARD, "") : text)],
    ["self_harm", SELF_HARM_STEMS.some((stem) => lower.includes(stem))],
    ["violence", VIOLENCE_STEMS.some((stem) => lower.includes(stem))],
  ];
  return found.flatMap(([kind, present]) => (present ? [kind] : []));
}
