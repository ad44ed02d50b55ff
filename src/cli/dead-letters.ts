import { DirectRunner } from "../beam/direct";
import { JobError } from "../chat/errors";
import { privateLetterKey } from "../chat/privacy/letter-key";
import {
  countDeadLetters,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  getDeadLetter,
  isOpen,
  listDeadLetters,
} from "../io/opensearch/letters/dead-letter-store";
import { type CommandLine, readCommandLine } from "../options/command-line";
import { LETTERS } from "../options/commands";
import { type ValuesOf } from "../options/spec";
import { OPTION_GROUPS } from "../options/table";
import { closeLetters } from "../close-letters";
import type { PipelineSettings } from "../pipeline";
import { redriveFiltered } from "../redrive";
import { letterJson, lettersTable, letterText } from "./dead-letter-text";
import { redriveSettings } from "./redrive-settings";
import { counted, safeJson } from "./terminal/safe-text";
import { jobSettings, openServices, type OpenServices, type ServiceFlags } from "./services";

const DEFAULT_LIST_COUNT = 50;

const INFO = {
  usage: "npm run dead-letters --",
  says: "Shows what could not be processed, and runs it through the job again.",
  operand: "list|show|redrive",
  after: [
    "list                what there is, oldest first; letters whose messages the index holds by now are closed",
    "show --id <id>      one letter with what it holds",
    "redrive             runs letters through the job again: those that succeed go, the others stay. Takes the options",
    "                    of the job, so that a mended one can be tried",
    "",
    "Examples:",
    "  npm run dead-letters -- list --stage parse",
    "  npm run dead-letters -- redrive --code TOO_LARGE --max-message-bytes 1MiB",
  ].join("\n"),
} as const;

type Environment = Readonly<Record<string, string | undefined>>;
type LetterFlags = ValuesOf<typeof LETTERS> & { readonly json: boolean };

/** Runs `npm run dead-letters`. Resolves with the text to print. Rejects with `JobError` or `HelpWanted`. */
export async function deadLetters(
  argv: readonly string[],
  environment: Environment,
  screenWidth: number,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ "Dead letters": LETTERS, ...OPTION_GROUPS }, INFO, argv, environment);
  // The cast is sound, because the same table has read the values.
  const wanted = line.values as LetterFlags;
  const [action = "list", id, ...rest] = line.operands;
  const flags: LetterFlags = id === undefined ? wanted : { ...wanted, id };
  if (rest.length > 0) throw new JobError("BAD_OPTION", "One letter at a time: give a single id.");
  switch (action) {
    case "list":
      return withServices(line, false, say, async (services) => {
        const settings = jobSettings(services, line, environment);
        return list(storeOf(services, flags), flags, settings, screenWidth);
      });
    case "show":
      return withServices(line, false, say, async (services) => show(storeOf(services, flags), flags));
    case "redrive":
      return withServices(line, true, say, async (services) => redriveLetters(services, flags, line, environment, say));
    default:
      throw new JobError("BAD_OPTION", `"${action.slice(0, 60)}" is not known here: say list, show or redrive.`);
  }
}

async function withServices(
  line: CommandLine,
  needsBedrock: boolean,
  say: (line: string) => void,
  work: (services: OpenServices) => Promise<string>,
): Promise<string> {
  const values = line.values as ServiceFlags["values"];
  const flags = { values, origins: line.origins };
  const services = await openServices(flags, needsBedrock, say);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

async function list(
  store: DeadLetterStore,
  flags: LetterFlags,
  settings: PipelineSettings,
  screenWidth: number,
): Promise<string> {
  const filter = filterOf(flags);
  const found = await collect(store, filter, flags.limit ?? DEFAULT_LIST_COUNT);
  const entries = await closeLetters(store, found, settings);
  const total = await countDeadLetters(store, filter);
  return flags.json
    ? safeJson({ total, letters: entries })
    : lettersTable(entries, total, Object.keys(filter).length > 0, screenWidth);
}

async function show(store: DeadLetterStore, { id, json }: LetterFlags): Promise<string> {
  if (id === undefined)
    throw new JobError("BAD_OPTION", "Which one? npm run dead-letters -- show --id <id>; list tells ids.");
  const stored = await getDeadLetter(store, id);
  if (stored === undefined) throw new JobError("BAD_OPTION", "There is no dead letter of that id; list shows all.");
  return json ? letterJson(stored) : letterText(stored, isOpen(stored.entry, store));
}

async function redriveLetters(
  services: OpenServices,
  flags: LetterFlags,
  line: CommandLine,
  environment: Environment,
  say: (line: string) => void,
): Promise<string> {
  const settings = await redriveSettings(services, line, environment, say);
  const store = storeOf(services, flags);
  const { redriven, succeeded, failedAgain, truncated, dropped } = await redriveFiltered(
    store,
    filterOf(flags),
    settings,
    new DirectRunner({ authorText: "hidden" }),
    {
      limit: flags.limit,
      privateKeyFile: flags.letterPrivateKey,
      onRound: (letters) => say(`Running ${counted(letters, "dead letter")} through the job again …`),
    },
  );
  if (flags.json)
    return safeJson({ redriven, succeeded, failedAgain, truncated, ...(dropped === 0 ? {} : { dropped }) });
  const left =
    dropped === 0 ? "" : `${counted(dropped, "dead letter")} without content, by --letters drop, cannot be redriven.`;
  if (redriven === 0 && truncated === 0) return left === "" ? "There are no such dead letters." : left;
  const stay = failedAgain === 0 ? "" : `, ${failedAgain} failed again and stay (list tells why)`;
  const done = [`${counted(redriven, "dead letter")} redriven: ${succeeded} succeeded${stay}.`, left].join("\n").trim();
  if (truncated === 0) return done;
  return `${done}\nNot redriven: ${counted(truncated, "dead letter")} without the whole record; list says where it is and how to read it again.`;
}

async function collect(store: DeadLetterStore, filter: DeadLetterFilter, limit: number): Promise<DeadLetterEntry[]> {
  const entries: DeadLetterEntry[] = [];
  for await (const entry of listDeadLetters(store, filter, limit)) entries.push(entry);
  return entries;
}

function filterOf({ code, stage, id }: LetterFlags): DeadLetterFilter {
  return {
    ...(code === undefined ? {} : { code }),
    ...(stage === undefined ? {} : { stage }),
    ...(id === undefined ? {} : { id }),
  };
}

function storeOf({ openSearch, deadLetterIndex }: OpenServices, { letterPrivateKey }: LetterFlags): DeadLetterStore {
  const key = letterPrivateKey === undefined ? {} : { privateKey: privateLetterKey(letterPrivateKey) };
  return { client: openSearch, index: deadLetterIndex, ...key };
}
