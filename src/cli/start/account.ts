import { wrapped } from "../terminal/wrap";
import type { Screen } from "./progress";

/** Figures and facts of a run by their names, in the order of printing. */
export type Account = Readonly<Record<string, number | string | boolean>>;

/**
 * Formats the account with its line break: one line of JSON for programs, and on a terminal a line for each fact, since
 * a terminal would break the long line in mid-word.
 */
export function accountText(account: Account, { isTTY, columns }: Pick<Screen, "isTTY" | "columns">): string {
  if (!isTTY) return `${JSON.stringify(account)}\n`;
  const facts = Object.entries(account).map(([name, value]) => [name, String(value), typeof value] as const);
  const nameWidth = Math.max(...facts.map(([name]) => name.length));
  const figures = facts.filter(([, , type]) => type === "number");
  const figureWidth = Math.max(0, ...figures.map(([, figure]) => figure.length));
  return facts
    .map(
      ([name, text, type]) => `  ${name.padEnd(nameWidth)}  ${type === "number" ? text.padStart(figureWidth) : text}`,
    )
    .map((line) => `${wrapped(line, columns - 1)}\n`)
    .join("");
}
