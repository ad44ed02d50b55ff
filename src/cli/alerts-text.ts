import Table from "cli-table3";
import { ruleText } from "../chat/alerts/rule-text";
import type { AlertDocument } from "../io/opensearch/alerts/alert-document";
import { entryText } from "./terminal/entry-text";
import { counted, safeText } from "./terminal/safe-text";

const COLUMN_WIDTHS = [38, 21, 10, 14, 24] as const;
/** Columns below which a list takes the table's place. */
const MIN_TABLE_WIDTH = 130;
const BORDERS = COLUMN_WIDTHS.length + 2;

export function alertsTable(alerts: readonly AlertDocument[], total: number, screenWidth: number): string {
  if (alerts.length === 0) return "There are no such alerts.";
  const table = screenWidth < MIN_TABLE_WIDTH ? list(alerts, screenWidth) : grid(alerts, screenWidth);
  const more = total > alerts.length ? " (the newest; --limit shows more)" : "";
  return `${table}\n${alerts.length} of ${counted(total, "alert")}${more}.`;
}

function grid(alerts: readonly AlertDocument[], screenWidth: number): string {
  const taken = COLUMN_WIDTHS.reduce((sum, width) => sum + width, BORDERS);
  const table = new Table({
    head: ["Id", "Time", "Severity", "Kind", "Rule", "Of"],
    colWidths: [...COLUMN_WIDTHS, screenWidth - taken],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const alert of alerts) {
    const { id, time, severity, kind, rule } = alert;
    table.push([id, whenOf(time), severity, kind, namedRule(rule), subjectOf(alert)].map(safeText));
  }
  return table.toString();
}

function list(alerts: readonly AlertDocument[], screenWidth: number): string {
  return alerts
    .map((alert) => {
      const { id, time, severity, kind, rule } = alert;
      const facts = `${whenOf(time)}, ${severity}, ${namedRule(rule)}, of ${subjectOf(alert)}`;
      return entryText(`${safeText(id)}  ${safeText(kind)}`, safeText(facts), screenWidth);
    })
    .join("\n");
}

/** As people call it, and as options do. */
function namedRule(rule: string): string {
  return `${ruleText(rule)} (${rule})`;
}

function subjectOf({ lane, userHash, documentId, messageCount }: AlertDocument): string {
  const what = lane === "message" ? "a message" : `a session of ${counted(messageCount, "message")}, ${documentId}`;
  return `${what}, user ${userHash}`;
}

function whenOf(time: string): string {
  return time.slice(0, 19).replace("T", " ");
}

/** One alert with all that it tells. */
export function alertText(alert: AlertDocument): string {
  return Object.entries(alert)
    .map(
      ([name, value]) =>
        `${name.padEnd(16)}${safeText(typeof value === "object" ? JSON.stringify(value) : String(value))}`,
    )
    .join("\n");
}
