/** Extra indentation of the lines that continue another. */
const HANGING = 4;

/**
 * Breaks lines at spaces so that none is longer than `width` UTF-16 units; a terminal would break them in mid-word. A
 * word that is longer than a line stays whole.
 */
export function wrapped(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrappedLine(line, width))
    .join("\n");
}

/** Wraps text for a terminal. Other readers get lines as they are; so does a terminal that does not know its width. */
export function fitted(text: string, output: { readonly isTTY?: boolean; readonly columns?: number }): string {
  return output.isTTY === true && output.columns ? wrapped(text, output.columns - 1) : text;
}

function wrappedLine(line: string, width: number): string {
  const indent = " ".repeat(/^ */.exec(line)![0].length + HANGING);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    // Not within the indentation, where a break would leave an empty line.
    const start = rest.length - rest.trimStart().length;
    const before = rest.lastIndexOf(" ", width);
    const at = before > start ? before : rest.indexOf(" ", Math.max(width, start));
    if (at < 0) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest].join("\n");
}
