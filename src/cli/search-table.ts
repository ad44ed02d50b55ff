import Table from "cli-table3";
import type { SearchHit } from "../io/opensearch/searching/search";
import { entryText } from "./terminal/entry-text";
import { safeId, safeText, shortened } from "./terminal/safe-text";

/** Columns below which a list takes the table's place. */
const MIN_TABLE_WIDTH = 100;
const COLUMN_WIDTHS = [5, 18, 16, 18] as const;
const BORDERS = COLUMN_WIDTHS.length + 2;

/**
 * Formats hits as a table, or as a list, that fits the screen; numbering continues after `skipped` hits. `lexical`
 * tells that the vectors come from the embedded Bedrock.
 */
export function hitsTable(hits: readonly SearchHit[], skipped: number, screenWidth: number, lexical: boolean): string {
  if (hits.length === 0) return "No session was found.";
  const rows = hits.map((hit, place) => rowOf(hit, skipped + place + 1));
  const isNarrow = screenWidth < MIN_TABLE_WIDTH;
  const table = isNarrow ? list(rows, screenWidth) : grid(rows, screenWidth);
  const note = lexical
    ? `\nThe embedded Bedrock knows words, and meanings by a small English encoder at most;${isNarrow ? "\n" : " "}on AWS, Titan finds far more that was said in other words.`
    : "";
  const head = hits.every(({ weak }) => weak) ? "Nothing fits this well; nearest are:\n" : "";
  return `${head}${table}${note}`;
}

interface Row {
  readonly place: string;
  readonly when: string;
  readonly user: string;
  readonly intent: string;
  /** The summary, and below it the messages that match. */
  readonly text: string;
}

function rowOf({ document, weak, messages }: SearchHit, place: number): Row {
  const { start, userId, intent, summary } = document;
  const lines = [shortened(safeText(summary), 400) + marks(document, weak), ...messages.map(messageLine)];
  return {
    place: String(place),
    when: safeText(start).slice(0, 16).replace("T", " "),
    user: shortened(safeId(userId), 60),
    intent: shortened(safeText(intent).replaceAll("_", " "), 60),
    text: lines.join("\n"),
  };
}

function grid(rows: readonly Row[], screenWidth: number): string {
  const taken = COLUMN_WIDTHS.reduce((sum, width) => sum + width, BORDERS);
  const table = new Table({
    head: ["", "When (UTC)", "User", "Intent", "Summary"],
    colWidths: [...COLUMN_WIDTHS, screenWidth - taken],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  table.push(...rows.map(({ place, when, user, intent, text }) => [place, when, user, intent, text]));
  return table.toString();
}

/** Formats rows without columns: on a narrow screen none would be wide enough for a summary. */
function list(rows: readonly Row[], screenWidth: number): string {
  return rows
    .map(({ place, when, user, intent, text }) =>
      entryText(`${place.padStart(3)}  ${when}  ${user} · ${intent}`, text, screenWidth),
    )
    .join("\n");
}

/** A message as `10:03 agent: I see that you were *charged twice*.` */
function messageLine({ timestamp, role, excerpt }: SearchHit["messages"][number]): string {
  const who = role === undefined ? "" : ` ${shortened(safeText(role), 20)}`;
  const text = excerpt.map(({ text: piece, match }) => (match === true ? `*${piece}*` : piece)).join("");
  return `${safeText(timestamp).slice(11, 16)}${who}: ${shortened(safeText(text), 300)}`;
}

function marks({ part, partCount, sensitive, truncated }: SearchHit["document"], weak: boolean): string {
  const all = [
    weak ? "weak match" : "",
    partCount > 1 ? `part ${part} of ${partCount}` : "",
    sensitive ? "sensitive" : "",
    truncated ? "partial" : "",
  ];
  const said = all.filter((mark) => mark !== "");
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}
