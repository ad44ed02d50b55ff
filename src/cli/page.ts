import { servePage } from "../page/serve";
import { type CommandLine, readCommandLine } from "../options/command-line";
import { PAGE } from "../options/commands";
import { pageAccess } from "../options/page-settings";
import type { ValuesOf } from "../options/spec";
import { listenForStop, once } from "../beam/host";
import { checkEmbedding, QUESTION_OPTIONS, questionEmbedding } from "./questions";
import { writePageUser } from "./page-user";
import { openServices } from "./services";

const INFO = {
  usage: "npm run page --",
  says: "Serves a page to search and read sessions until Ctrl-C: on this machine alone, or for others with --page-auth.",
  operand: "[user <name>]",
  after: [
    "user <name>         writes this user with a password, which is asked for, into the file --page-users, and ends",
    "",
    "Examples:",
    "  npm run page",
    "  npm run page -- user ada --page-users page-users",
    "  npm run page -- --no-local --region eu-west-1 --auth sigv4 \\",
    "      --opensearch-endpoint https://search-x.eu-west-1.es.amazonaws.com",
  ].join("\n"),
} as const;

/** Questions of several readers at once. */
const MAX_CONCURRENT_CALLS = 4;

/** Reads the command's options. Throws `JobError` BAD_OPTION or `HelpWanted`. */
export function readPageLine(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const line = readCommandLine({ Page: PAGE, Services: QUESTION_OPTIONS }, INFO, argv, environment);
  checkEmbedding(line);
  return line;
}

/**
 * Runs `npm run page` until a signal ends it, or writes a user for it. `say` is told the page's link, and of steps that take long. Rejects with
 * `JobError` or `HelpWanted`.
 */
export async function page(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<string> {
  const line = readPageLine(argv, environment);
  // The casts are sound, because the same tables have read the values.
  const own = line.values as ValuesOf<typeof PAGE>;
  if (line.operands.length > 0) return writePageUser(line.operands, own.pageUsers, say);
  const access = pageAccess({ values: own, origins: line.origins });
  const values = line.values as ValuesOf<typeof QUESTION_OPTIONS>;
  const services = await openServices({ values, origins: line.origins }, true, say);
  const signals = listenForStop();
  try {
    const { openSearch, index, deadLetterIndex, lexical } = services;
    const embed = questionEmbedding(line, services, MAX_CONCURRENT_CALLS, say);
    const deadLetters = { client: openSearch, index: deadLetterIndex };
    const served = await servePage({ openSearch, index, embed, lexical, deadLetters }, { port: own.pagePort, access });
    const listening = access === undefined ? "" : `, and listens on port ${served.port} of ${access.host}`;
    say(`The page is at ${served.link}${listening}`);
    await Promise.race([once(signals.drain), once(signals.cancel)]);
    await served.close();
    return "";
  } finally {
    signals.release();
    await services.close();
  }
}
