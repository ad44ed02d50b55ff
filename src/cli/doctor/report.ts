import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Finding } from "./finding";
import { type Private, redactor } from "./redact";

/** Everything that a maintainer wants to know of a machine and its services, and nothing that is private. */
export interface Report {
  readonly node: string;
  readonly platform: string;
  readonly region: string;
  readonly findings: readonly Finding[];
}

/** Rights of the report's file. */
const ONLY_ITS_USER = 0o600;

/** JSON of the report without numbers of accounts, addresses, paths, and the names given. */
export function reportJson(report: Report, known: Private): string {
  return JSON.stringify({ ...report, findings: report.findings.map(redactor(known)) }, null, 2);
}

/** One line for a finding, one more for its cure, and one for the shapes, versions and figures that came. */
export function findingLines({ verdict, name, expected, found, cure, facts = {} }: Finding): string {
  const mark = { ok: "ok     ", wrong: "WRONG  ", skipped: "skipped" }[verdict];
  const line = `${mark}  ${name}: ${found}${verdict === "ok" ? "" : ` (expected: ${expected})`}`;
  const came = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
  const details = [...(verdict === "ok" ? [`expected: ${expected}`] : []), ...came].join(", ");
  return [line, ...(cure === undefined ? [] : [`→ ${cure}`]), ...(details === "" ? [] : [details])].join("\n         ");
}

/**
 * Makes the text for the terminal, counts the looks that found something wrong, and writes the report's file if one is
 * named. What is `known` to be private is kept out of the report, and `wellWords` end a text without trouble.
 */
export async function diagnose(
  report: Report,
  known: Private,
  wanted: { readonly file: string | undefined; readonly json: boolean; readonly wellWords: string },
): Promise<{ readonly text: string; readonly wrong: number }> {
  const { findings } = report;
  const json = reportJson(report, known);
  if (wanted.file !== undefined) await writeFile(path.resolve(wanted.file), `${json}\n`, { mode: ONLY_ITS_USER });
  const wrong = findings.filter(({ verdict }) => verdict === "wrong").length;
  const end = wrong === 0 ? wanted.wellWords : `${wrong} of ${findings.length} looks found trouble.`;
  return { text: wanted.json ? json : [...findings.map(findingLines), "", end].join("\n"), wrong };
}
