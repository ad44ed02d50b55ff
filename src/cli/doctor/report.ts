import type { Finding } from "./finding";

/** Everything that a maintainer wants to know of a machine and its services, and nothing that is private. */
export interface Report {
  readonly node: string;
  readonly platform: string;
  readonly region: string;
  readonly findings: readonly Finding[];
}

const ACCOUNT = /\b\d{12}\b/g;
const HOST = /\bhttps?:\/\/[^\s/"]+/g;

/** JSON of the report without numbers of accounts, addresses of endpoints, and the names given. */
export function reportJson(report: Report, names: readonly string[]): string {
  const json = JSON.stringify(report, null, 2).replace(ACCOUNT, "<account>").replace(HOST, "<address>");
  return names.reduce((text, name) => (name === "" ? text : text.replaceAll(name, "<name>")), json);
}

/** One line for a finding, and one more for its cure. */
export function findingLines({ verdict, name, expected, found, cure }: Finding): string {
  const mark = { ok: "ok     ", wrong: "WRONG  ", skipped: "skipped" }[verdict];
  const line = `${mark}  ${name}: ${found}${verdict === "ok" ? "" : ` (expected: ${expected})`}`;
  return cure === undefined ? line : `${line}\n         → ${cure}`;
}
