/** Places in JSON that a person wrote, for sentences about its faults. Pure. */

/** Line and character of the first fault, which Node's errors name in some cases only. */
export function faultPlace(text: string): string {
  let [whole, wrong] = [0, text.length + 1];
  while (wrong - whole > 1) {
    const middle = (whole + wrong) >> 1;
    if (isBeginning(text.slice(0, middle))) whole = middle;
    else wrong = middle;
  }
  const lines = text.slice(0, whole).split("\n");
  return `line ${lines.length}, character ${lines.at(-1)!.length + 1}`;
}

/** True for JSON text, and for the beginning of one: then the fault is its end. */
function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    return /^Unexpected end|^Unterminated/.test(message) || message.includes(`at position ${text.length}`);
  }
}

/** A path such as `intents[2].name`; empty for the whole. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}
