import Table from "cli-table3";
import { deadLetterWords } from "../chat/errors";
import type { DeadLetterEntry, StoredDeadLetter } from "../io/opensearch/letters/dead-letter-store";
import { partOfLetter } from "../chat/steps/letters/part-of-letter";
import { entryText } from "./terminal/entry-text";
import { counted, safeId, safeJson, safeText, shortened } from "./terminal/safe-text";

const COLUMN_WIDTHS = [38, 20, 11, 10, 10] as const;
const BORDERS = COLUMN_WIDTHS.length + 2;
/** Columns below which a list takes the table's place. */
const MIN_TABLE_WIDTH = 130;
/** Characters of a payload that the screen shows; --json shows all of it. */
const MAX_SHOWN = 4_000;
const MAX_HEX_BYTES = 512;

/**
 * Formats the letters found. `total` counts all that the same filter finds; `isFiltered` tells that there may be
 * others.
 */
export function lettersTable(
  entries: readonly DeadLetterEntry[],
  total: number,
  isFiltered: boolean,
  screenWidth: number,
): string {
  if (entries.length === 0) return isFiltered ? "There are no such dead letters." : "There are no dead letters.";
  const table = screenWidth < MIN_TABLE_WIDTH ? list(entries, screenWidth) : grid(entries, screenWidth);
  const more = total > entries.length ? ` (the oldest; --limit shows more)` : "";
  return `${table}\n${entries.length} of ${counted(total, "dead letter")}${more}.`;
}

function grid(entries: readonly DeadLetterEntry[], screenWidth: number): string {
  const taken = COLUMN_WIDTHS.reduce((sum, width) => sum + width, BORDERS);
  const table = new Table({
    head: ["Id", "Code", "Stage", "Messages", "Attempts", "Reason"],
    colWidths: [...COLUMN_WIDTHS, screenWidth - taken],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const { id, code, stage, messageCount, attempts, reason } of entries) {
    table.push([
      safeText(id),
      safeText(code),
      safeText(stage),
      String(messageCount),
      String(attempts),
      safeText(reason),
    ]);
  }
  return table.toString();
}

function list(entries: readonly DeadLetterEntry[], screenWidth: number): string {
  return entries
    .map(({ id, code, stage, messageCount, attempts, reason }) => {
      const facts = `${stage}, ${counted(messageCount, "message")}, ${counted(attempts, "attempt")}: ${reason}`;
      return entryText(`${safeText(id)}  ${safeText(code)}`, safeText(facts), screenWidth);
    })
    .join("\n");
}

/** Formats a letter and its content, safe for a terminal. */
export function letterText(stored: StoredDeadLetter, isOpen = true): string {
  const { entry, letter } = stored;
  const { shardId, sequenceNumber, subSequenceNumber } = entry.position;
  const { meaning, mend } = deadLetterWords(entry.code);
  const facts: readonly (readonly [string, string])[] = [
    ["Id", entry.id],
    ["Code", `${entry.code}: ${meaning}`],
    ["To mend", mend],
    ["Stage", entry.stage],
    ["Reason", entry.reason],
    ["Time", entry.time],
    ["Written", entry.writtenAt],
    ["Attempts", String(entry.attempts)],
    ["Position", `${shardId} ${sequenceNumber} ${subSequenceNumber}`],
    ...(entry.sealedFor === undefined ? [] : [["Sealed for", `key ${entry.sealedFor}`] as const]),
    ["Holds", `${entry.kind}, ${counted(entry.messageCount, "message")}, ${letter.payload.length} bytes`],
  ];
  const content = isOpen ? payloadLines(stored) : [closedLine(stored)];
  return [...facts.map(([name, value]) => `${name.padEnd(12)}${safeText(value)}`), "", ...content].join("\n");
}

/** Formats the whole letter as JSON, with the payload in base64. */
export function letterJson({ entry, letter }: StoredDeadLetter): string {
  return safeJson({ ...entry, payload: Buffer.from(letter.payload).toString("base64") });
}

function closedLine({ entry }: StoredDeadLetter): string {
  return entry.isDropped === true
    ? "Its content was dropped, by --letters drop."
    : "Its content is sealed: --letter-private-key, with the private half of that key, shows it.";
}

function payloadLines({ letter }: StoredDeadLetter): string[] {
  if (letter.kind === "session") {
    const { sessionKey, messages } = partOfLetter(letter);
    const lines = messages.map(
      ({ timestampMs, content, role }) =>
        `${new Date(timestampMs).toISOString()}  ${role === undefined ? "" : `${safeText(role)}: `}${safeText(content)}`,
    );
    return [`${messages[0]?.sessionKey === undefined ? "User" : "Session key"} ${safeId(sessionKey)}`, ...lines]
      .map((line) => shortened(line, MAX_SHOWN))
      .slice(0, 100);
  }
  const bytes = Buffer.from(letter.payload);
  try {
    return [shortened(safeText(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), MAX_SHOWN)];
  } catch {
    const shown = bytes
      .subarray(0, MAX_HEX_BYTES)
      .toString("hex")
      .replace(/(.{64})/g, "$1\n");
    return ["Not UTF-8; in hexadecimal:", shown + (bytes.length > MAX_HEX_BYTES ? "…" : "")];
  }
}
