import Table from "cli-table3";
import type { SearchHit } from "../io/opensearch/search";
import { safeText, shortened } from "./safe-text";

const MIN_SCREEN_WIDTH = 100;
const COLUMN_WIDTHS = [5, 18, 16, 18] as const;
const BORDERS = COLUMN_WIDTHS.length + 2;

/**
 * Hits as a table that fits the screen; numbers go on from those skipped. `lexical`: the vectors come from the embedded
 * Bedrock.
 */
export function hitsTable(hits: readonly SearchHit[], skipped: number, screenWidth: number, lexical: boolean): string {
  if (hits.length === 0) return "No session was found.";
  const taken = COLUMN_WIDTHS.reduce((sum, width) => sum + width, BORDERS);
  const table = new Table({
    head: ["", "When (UTC)", "User", "Intent", "Summary"],
    colWidths: [...COLUMN_WIDTHS, Math.max(MIN_SCREEN_WIDTH, screenWidth) - taken],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const [place, { document }] of hits.entries()) {
    const { start, userId, intent, summary } = document;
    table.push([
      String(skipped + place + 1),
      safeText(start).slice(0, 16).replace("T", " "),
      shortened(safeText(userId), 60),
      shortened(safeText(intent).replaceAll("_", " "), 60),
      shortened(safeText(summary), 400) + marks(document),
    ]);
  }
  const note = lexical
    ? "\nThe embedded Bedrock's vectors know words, not meanings; on AWS, Titan also finds what was said in other words."
    : "";
  return `${table.toString()}${note}`;
}

function marks({ part, partCount, sensitive }: SearchHit["document"]): string {
  const all = [partCount > 1 ? `part ${part} of ${partCount}` : "", sensitive ? "sensitive" : ""];
  const said = all.filter((mark) => mark !== "");
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}
