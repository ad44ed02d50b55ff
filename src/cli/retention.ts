/** `npm run retention`: deletes what is older than it may be. */
import { JobError } from "../chat/errors";
import { hasIndex } from "../io/opensearch/ledgers/ledger-upkeep";
import { countExpired, type Expired, purge } from "../io/opensearch/erasing/purge";
import { alertIndexOf, ledgerIndexOf } from "../io/opensearch/settings";
import { durationText } from "../options/kinds";
import { readCommandLine } from "../options/command-line";
import { RETENTION } from "../options/commands";
import type { ValuesOf } from "../options/spec";
import { openServices, SERVICE_OPTIONS, type ServiceFlags } from "./services";
import { counted, safeJson } from "./terminal/safe-text";

const INFO = {
  usage: "npm run retention --",
  says: "Deletes sessions, alerts and dead letters that are older than --retention, by the time of the sessions.",
  operand: "plan|run",
  after: [
    "plan   how many there are; changes nothing",
    "run    deletes them, in slices. May be stopped and run again at any time; jobs may run meanwhile",
    "",
    "Give the job the same --retention, so that a replay or a redrive of old messages does not bring them back.",
    "",
    "Examples:",
    "  npm run retention -- plan --retention 90d",
    "  npm run retention -- run --retention 90d --max-deletes 200",
  ].join("\n"),
} as const;

/** Resolves with the text to print. Rejects with `JobError` or `HelpWanted`. */
export async function retention(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Retention: RETENTION, "OpenSearch index": SERVICE_OPTIONS }, INFO, argv, environment);
  const [action = "", ...rest] = line.operands;
  if (rest.length > 0 || (action !== "plan" && action !== "run"))
    throw new JobError("BAD_OPTION", "Say what to do: npm run retention -- plan, or run.");
  const values = line.values as ServiceFlags["values"] & ValuesOf<typeof RETENTION>;
  if (values.retention === undefined)
    throw new JobError("BAD_OPTION", "Say how long sessions are kept: --retention 90d.");
  const services = await openServices({ values, origins: line.origins }, false, say);
  try {
    const { index, deadLetterIndex, openSearch } = services;
    if (!(await hasIndex(openSearch, index)))
      throw new JobError("INDEX_MISFIT", `There is no index "${index}": give the job's own with --index.`);
    const indexes = { index, deadLetterIndex, ledgerIndex: ledgerIndexOf(index), alertIndex: alertIndexOf(index) };
    const beforeMs = Date.now() - values.retention;
    const found =
      action === "plan"
        ? await countExpired(openSearch, indexes, beforeMs)
        : await purge(openSearch, indexes, beforeMs, values.maxDeletes);
    if (values.json) return safeJson({ before: new Date(beforeMs).toISOString(), done: action === "run", ...found });
    return `${textOf(found)} ${action === "plan" ? "are" : "were"} older than ${durationText(values.retention)}${action === "plan" ? "" : ", and are deleted"}.`;
  } finally {
    await services.close();
  }
}

function textOf({ documents, deadLetters, alerts }: Expired): string {
  return [counted(documents, "document"), counted(deadLetters, "dead letter"), counted(alerts, "alert")].join(", ");
}
