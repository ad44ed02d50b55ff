import { JobError } from "../chat/errors";
import { checkLedgers, rebuildLedgers } from "../io/opensearch/ledgers/ledger-upkeep";
import { prepareLedgers } from "../io/opensearch/indexes/prepare";
import { openSearchSettings } from "../io/opensearch/settings";
import { authentication } from "../options/authentication";
import { readCommandLine } from "../options/command-line";
import { LEDGER } from "../options/commands";
import { openServices, SERVICE_OPTIONS, type ServiceFlags } from "./services";
import { counted, safeJson } from "./terminal/safe-text";

const INFO = {
  usage: "npm run ledger --",
  says: "Rebuilds or checks the ledgers, by which the job finds what the index holds of a user.",
  operand: "rebuild|check",
  after: [
    "rebuild   writes every user's ledger from the documents: needed once for an index that an older version filled",
    "check     compares the ledgers with the documents; exit code 1 when documents are missing in them",
    "",
    "A job may run meanwhile.",
    "",
    "Examples:",
    "  npm run ledger -- check",
    "  npm run ledger -- rebuild --no-local --index chat-sessions --auth sigv4 \\",
    "      --opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com",
  ].join("\n"),
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs `npm run ledger`. Resolves with the text to print and the exit code. Rejects with `JobError` or `HelpWanted`.
 */
export async function ledger(
  argv: readonly string[],
  environment: Environment,
  say: (line: string) => void,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const line = readCommandLine({ Ledgers: LEDGER, "OpenSearch index": SERVICE_OPTIONS }, INFO, argv, environment);
  const [action = "", ...rest] = line.operands;
  if (rest.length > 0 || (action !== "rebuild" && action !== "check")) {
    throw new JobError("BAD_OPTION", "Say what to do with the ledgers: npm run ledger -- rebuild, or check.");
  }
  const values = line.values as ServiceFlags["values"] & { readonly json: boolean };
  const services = await openServices({ values, origins: line.origins }, false, say);
  try {
    const { index, openSearch } = services;
    const connection = { endpoint: services.endpoints.opensearch ?? "", auth: authentication(values) };
    const names = openSearchSettings({ connection, index, dimension: 1, stream: "" });
    if (action === "rebuild") {
      await prepareLedgers(names);
      const rebuilt = await rebuildLedgers(openSearch, names);
      if (values.json) return { text: safeJson(rebuilt), exitCode: 0 };
      const text = `The ledgers of ${counted(rebuilt.users, "user")} list ${counted(rebuilt.documents, "document")}.`;
      return { text, exitCode: 0 };
    }
    const { users, documents, unlisted, missing } = await checkLedgers(openSearch, names);
    const exitCode = unlisted.length === 0 ? 0 : 1;
    if (values.json) return { text: safeJson({ users, documents, unlisted, missing }), exitCode };
    const lines = [
      `${counted(users, "user")}, ${counted(documents, "document")}.`,
      ...(unlisted.length === 0 ? [] : [`${counted(unlisted.length, "document")} missing in ledgers: run rebuild.`]),
      ...(missing.length === 0 ? [] : [`${missing.length} listed without a document.`]),
    ];
    return { text: lines.join("\n"), exitCode };
  } finally {
    await services.close();
  }
}
