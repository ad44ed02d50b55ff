import { JobError } from "../chat/errors";
import { checkCluster } from "../io/opensearch/indexes/cluster";
import { OWNER } from "../io/opensearch/indexes/mapping";
import { migrate, type Migration, planMigration } from "../io/opensearch/renewing/migrate";
import { openSearchSettings } from "../io/opensearch/settings";
import { authentication } from "../options/authentication";
import { readCommandLine } from "../options/command-line";
import { INDEXES } from "../options/commands";
import { openServices, SERVICE_OPTIONS, type ServiceFlags } from "./services";
import { counted, safeJson } from "./terminal/safe-text";

const INFO = {
  usage: "npm run index --",
  says: "Makes an index of session documents anew that a version of the job filled whose fields had another form.",
  operand: "plan|migrate",
  after: [
    "plan      says what would be done, and changes nothing",
    "migrate   copies the documents into a new index and gives it the old one's name; called again, it goes on",
    "",
    "Stop the jobs that write to the index first. It can be searched meanwhile. The cluster needs room for both. Needs",
    "the rights to create and delete indexes, to change settings and aliases, and to copy (_reindex, _tasks).",
    "",
    "Examples:",
    "  npm run index -- plan",
    "  npm run index -- migrate --no-local --index chat-sessions --opensearch-endpoint … --auth sigv4",
  ].join("\n"),
} as const;

const MIB = 1_048_576;
/** Between two lines about what was copied. */
const SAY_EVERY_MS = 5_000;

/**
 * Runs `npm run index`. `say` is told of progress. Resolves with the text to print. Rejects with `JobError` or
 * `HelpWanted`.
 */
export async function indexVersion(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Indexes: INDEXES, "OpenSearch index": SERVICE_OPTIONS }, INFO, argv, environment);
  const [action = "", ...rest] = line.operands;
  if (rest.length > 0 || (action !== "plan" && action !== "migrate")) {
    throw new JobError("BAD_OPTION", "Say what to do with the index: npm run index -- plan, or migrate.");
  }
  const values = line.values as ServiceFlags["values"] & { readonly json: boolean };
  const services = await openServices({ values, origins: line.origins }, false, say);
  try {
    const { index, openSearch } = services;
    const connection = { endpoint: services.endpoints.opensearch ?? "", auth: authentication(values) };
    const { icu } = await checkCluster(openSearch, openSearchSettings({ connection, index, dimension: 1, stream: "" }));
    const migration =
      action === "plan"
        ? await planMigration(openSearch, index, icu)
        : await migrate(openSearch, index, icu, progress(say));
    if (values.json) return safeJson({ index, done: action === "migrate", migration: migration ?? null });
    if (migration === undefined) return `Index "${index}" needs nothing: it fits version ${OWNER.version}.`;
    return action === "plan" ? planText(index, migration) : doneText(index, migration);
  } finally {
    await services.close();
  }
}

function planText(index: string, { from, to, fromVersion, toVersion, documents, bytes, copied }: Migration): string {
  const before =
    copied === 0 ? "" : ` ${counted(copied, "document")} are copied already, and stay if nothing was written since.`;
  return [
    `Index "${from}" is of version ${fromVersion}; version ${toVersion} is needed. npm run index -- migrate would`,
    `  1. block writes to it,`,
    `  2. copy ${counted(documents, "document")} (${Math.ceil(bytes / MIB)} MiB) to "${to}",${before}`,
    `  3. delete "${from}" and make "${index}" a name of "${to}".`,
  ].join("\n");
}

function doneText(index: string, { to, documents, toVersion }: Migration): string {
  return `"${index}" is a name of the index "${to}" now, which holds ${counted(documents, "document")} in the form of version ${toVersion}. Start the job as before.`;
}

function progress(say: (line: string) => void): (copied: number) => void {
  let saidMs = Date.now();
  return (copied) => {
    if (Date.now() - saidMs < SAY_EVERY_MS) return;
    saidMs = Date.now();
    say(`${counted(copied, "document")} copied …`);
  };
}
