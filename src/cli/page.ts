import { servePage } from "../page/serve";
import { jobOptions } from "../options";
import { type CommandLine, readCommandLine, typed } from "../options/command-line";
import { PAGE } from "../options/commands";
import { pageAccess } from "../options/page-settings";
import { environmentName, flagName } from "../options/spec";
import { OPTION_GROUPS } from "../options/table";
import { listenForStop, once } from "../beam/host";
import { checkEmbedding, QUESTION_OPTIONS, questionEmbedding } from "./questions";
import { redriveForPage } from "./page-redrive";
import { writePageUser } from "./page-user";
import { redriveSettings } from "./redrive-settings";
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
    "  npm run page -- --redrive --user-field customer    redrives dead letters, with the job's options",
  ].join("\n"),
} as const;

/** Questions of several readers at once. */
const MAX_CONCURRENT_CALLS = 4;

const QUESTIONS = { Page: PAGE, Services: QUESTION_OPTIONS } as const;
/** The job's options have the page's port, and those of the services. */
const WITH_REDRIVE = { Page: { redrive: PAGE.redrive }, ...OPTION_GROUPS } as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command's options. Throws `JobError` BAD_OPTION or `HelpWanted`. */
export function readPageLine(argv: readonly string[], environment: Environment): CommandLine {
  // Without redrives the job's options would do nothing, so they are refused.
  const line = readCommandLine(wantsRedrive(argv, environment) ? WITH_REDRIVE : QUESTIONS, INFO, argv, environment);
  checkEmbedding(line);
  if (line.operands.length === 0 && typed(line, PAGE).redrive) jobOptions(line, environment, Date.now());
  return line;
}

function wantsRedrive(argv: readonly string[], environment: Environment): boolean {
  const parsed = PAGE.redrive.kind.parse(environment[environmentName("redrive", PAGE.redrive)] ?? "");
  return argv.includes(`--${flagName("redrive")}`) || ("value" in parsed && parsed.value);
}

/**
 * Runs `npm run page` until a signal ends it, or writes a user for it. `say` is told the page's link, and of steps that
 * take long. Rejects with `JobError` or `HelpWanted`.
 */
export async function page(
  argv: readonly string[],
  environment: Environment,
  say: (line: string) => void,
): Promise<string> {
  const line = readPageLine(argv, environment);
  const own = typed(line, PAGE);
  if (line.operands.length > 0) return writePageUser(line.operands, own.pageUsers, say);
  const access = pageAccess({ values: own, origins: line.origins });
  const values = typed(line, QUESTION_OPTIONS);
  const services = await openServices({ values, origins: line.origins }, true, say);
  const signals = listenForStop();
  try {
    const { openSearch, index, deadLetterIndex, lexical } = services;
    const embed = questionEmbedding(line, services, MAX_CONCURRENT_CALLS, say);
    const deadLetters = { client: openSearch, index: deadLetterIndex };
    const redriving = own.redrive
      ? { redrive: redriveForPage(deadLetters, await redriveSettings(services, line, environment, say)) }
      : {};
    const backend = { openSearch, index, embed, lexical, deadLetters, ...redriving };
    const served = await servePage(backend, { port: own.pagePort, access });
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
