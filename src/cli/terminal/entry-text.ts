import Table from "cli-table3";

const INDENT = 5;
const NO_BORDERS = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "" },
};

/** Formats a title, and below it an indented text cut at words to the screen's width (in columns, not characters). */
export function entryText(title: string, text: string, screenWidth: number): string {
  const table = new Table({
    chars: NO_BORDERS,
    colWidths: [Math.max(20, screenWidth - 1)],
    style: { head: [], border: [], "padding-left": INDENT, "padding-right": 0 },
    wordWrap: true,
  });
  table.push([text]);
  const lines = table.toString().split("\n");
  return [title, ...lines.map((line) => line.trimEnd())].join("\n");
}
