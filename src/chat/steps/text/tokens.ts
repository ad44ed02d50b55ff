/**
 * Estimates tokens from above, for any script and without a tokeniser, so that a bound kept by the estimate is kept by
 * the model too. The weights lie above the tokens that byte-pair tokenisers are known to need per code point (English
 * about 0.25, Cyrillic and Arabic 0.4–0.6, Devanagari and Thai 0.5–1.2, CJK 0.7–1.3, emoji 1–3), and count the
 * characters that the prompt's escaping adds for control characters, quotes and angle brackets.
 *
 * Longer text never has a lower estimate; a concatenation has at most the sum of its parts'. Linear in time.
 */
export function estimateTokens(text: string): number {
  let hundredths = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hundredths += unit < 0x80 ? ASCII_WEIGHTS[unit]! : weightOf(unit);
  }
  return Math.ceil(hundredths / 100);
}

/**
 * The longest beginning of `text` within both bounds that cuts no code point in two. `maxLength` counts UTF-16 units,
 * which are at least as many as code points.
 */
export function truncateToTokens(text: string, maxTokens: number, maxLength = Number.POSITIVE_INFINITY): string {
  let hundredths = 0;
  let end = 0;
  while (end < text.length) {
    const unit = text.charCodeAt(end);
    const pair = isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(end + 1));
    hundredths += unit < 0x80 ? ASCII_WEIGHTS[unit]! : weightOf(unit) * (pair ? 2 : 1);
    const next = end + (pair ? 2 : 1);
    if (hundredths > maxTokens * 100 || next > maxLength) break;
    end = next;
  }
  return text.slice(0, end);
}

/** No UTF-16 unit weighs more. */
export const MAX_TOKENS_PER_UNIT = 6;

const ASCII_WEIGHTS = Array.from({ length: 0x80 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (char === "\n") return 200;
  if (code < 0x20 || code === 0x7f || char === "<") return 600;
  if (char === '"' || char === "\\") return 200;
  if (/[a-z ]/.test(char)) return 34;
  return /[A-Z]/.test(char) ? 50 : 100;
});

/** Weighs a UTF-16 unit; half an astral character is a unit, so emoji and rare ideographs cost 300. */
function weightOf(unit: number): number {
  if (unit < 0xa0) return 600;
  if (unit < 0x800) return 80;
  if (unit >= 0xd800 && unit < 0xe000) return 150;
  if ((unit >= 0x2028 && unit <= 0x202e) || (unit >= 0x2066 && unit <= 0x2069)) return 600;
  return 150;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
