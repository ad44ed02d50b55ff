import { Command, CommanderError, Option } from "commander";
import { JobError } from "../chat/errors";
import { environmentName, flagName, type OptionSpec, type ValuesOf } from "./spec";
import { refuseUnknownVariables } from "./variables";

type Tables = Record<string, Record<string, OptionSpec>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The source of an option's value: named in refusals, and needed to tell a choice from a default. */
export type Origin = "flag" | "environment" | "default";

export interface CommandLine {
  /** Parsed values by key; the caller, who knows the tables, gives them types. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Readonly<Record<string, Origin>>;
  /** Texts of flags and variables, as they were given. */
  readonly texts: Readonly<Record<string, string>>;
  /** Arguments that are not options. */
  readonly operands: readonly string[];
}

export interface CommandInfo {
  /** The command as one types it: `npm start --`. */
  readonly usage: string;
  readonly says: string;
  /** Printed below the help. */
  readonly after?: string;
  /** The operand's name in the help; without it operands are refused. */
  readonly operand?: string;
  /** True when everything after the first operand is an operand too, even if it looks like an option. */
  readonly operandsOnlyLast?: boolean;
}

/** Carries the help's text to the caller of `--help`; it is not an error. */
export class HelpWanted extends Error {
  constructor(readonly help: string) {
    super("help");
  }
}

/**
 * Reads flags, then environment variables, then defaults. Throws `JobError` BAD_OPTION with one sentence for anything
 * unknown or out of range, `HelpWanted` for --help.
 */
export function readCommandLine(
  tables: Tables,
  info: CommandInfo,
  argv: readonly string[],
  environment: Environment,
): CommandLine {
  refuseSwallowedFlags(tables, info, environment);
  refuseUnknownVariables(environment, variablesOf(tables));
  const command = describe(tables, info);
  const given = parse(command, argv, info);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const texts: Record<string, string> = {};
  for (const [key, spec] of Object.entries(Object.assign({}, ...Object.values(tables)) as Record<string, OptionSpec>)) {
    const found = find(key, spec, given, environment);
    origins[key] = found.origin;
    if (found.text === undefined) continue;
    if (found.origin !== "default") texts[key] = found.text;
    const parsed = spec.kind.parse(found.text);
    if ("mustBe" in parsed) {
      throw new JobError("BAD_OPTION", `${found.name} must be ${parsed.mustBe}, not "${shown(found.text)}".`);
    }
    values[key] = parsed.value;
  }
  return { values, origins, texts, operands: command.args };
}

function variablesOf(tables: Tables): string[] {
  const specs = Object.values(tables).flatMap((table) => Object.entries(table));
  return specs.map(([key, spec]) => environmentName(key, spec));
}

/** Names that are npm's own settings too, so that a variable of that name proves nothing. */
const NPM_SETTINGS: readonly string[] = ["progress", "json", "user", "yes", "force"];

/**
 * Refuses flags that npm has swallowed: `npm start --once` gives the flag to npm, which hands it down as a variable
 * only, so it would be silently ignored.
 */
function refuseSwallowedFlags(tables: Tables, info: CommandInfo, environment: Environment): void {
  if (environment["npm_lifecycle_event"] === undefined) return;
  for (const key of Object.values(tables).flatMap((table) => Object.keys(table))) {
    const flag = flagName(key);
    if (NPM_SETTINGS.includes(flag) || environment[`npm_config_${flag.replaceAll("-", "_")}`] === undefined) continue;
    const usage = info.usage.replace(/ --.*$/, "");
    throw new JobError(
      "BAD_OPTION",
      `npm kept --${flag} for itself: options come after two dashes, as in "${usage} -- --${flag}".`,
    );
  }
}

/** Gives the values the types of their table. Sound because the same table has read them. */
export function typed<Table extends Record<string, OptionSpec>>(line: CommandLine, _table: Table): ValuesOf<Table> {
  return line.values as ValuesOf<Table>;
}

function find(
  key: string,
  spec: OptionSpec,
  given: Readonly<Record<string, string | boolean>>,
  environment: Environment,
): { origin: Origin; name: string; text: string | undefined } {
  const flag = given[key];
  if (flag !== undefined) return { origin: "flag", name: `--${flagName(key)}`, text: String(flag) };
  for (const name of [environmentName(key, spec), ...(spec.alsoEnvironment ?? [])]) {
    const text = environment[name];
    if (text !== undefined && text !== "") return { origin: "environment", name, text };
  }
  return { origin: "default", name: `--${flagName(key)}`, text: spec.defaultText };
}

function describe(tables: Tables, info: CommandInfo): Command {
  const command = new Command(info.usage)
    .usage("[options]" + (info.operand === undefined ? "" : ` ${info.operand}`))
    .description(info.says)
    .helpOption("-h, --help", "Show this help")
    .allowExcessArguments(true)
    .passThroughOptions(info.operandsOnlyLast === true)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .configureHelp({ helpWidth: 120 });
  for (const [group, table] of Object.entries(tables)) {
    for (const [key, spec] of Object.entries(table)) {
      command.addOption(describeOption(key, spec).helpGroup(`${group}:`));
      // The positive form is needed too, against an environment variable that turns the switch off.
      if (isOnByDefault(spec)) command.addOption(new Option(`--${flagName(key)}`).hideHelp().helpGroup(`${group}:`));
    }
  }
  return command;
}

/** True for a switch whose help needs only the form that turns it off. */
function isOnByDefault(spec: OptionSpec): boolean {
  return spec.kind.placeholder === undefined && spec.defaultText === "true";
}

function describeOption(key: string, spec: OptionSpec): Option {
  const isSwitch = spec.kind.placeholder === undefined;
  const name = isOnByDefault(spec) ? `--no-${flagName(key)}` : `--${flagName(key)}`;
  const flags = isSwitch ? name : `${name} <${spec.kind.placeholder}>`;
  const otherwise = isSwitch ? undefined : (spec.defaultText ?? spec.otherwise);
  const facts = [
    spec.kind.range,
    otherwise === undefined ? undefined : `default: ${otherwise}`,
    `env: ${[environmentName(key, spec), ...(spec.alsoEnvironment ?? [])].join(", ")}`,
  ];
  const option = new Option(flags, `${spec.says} (${facts.filter((fact) => fact !== undefined).join("; ")})`);
  if (spec.isRepeatable !== true) return option;
  return option.argParser((text, before: string | undefined) => (before === undefined ? text : `${before}\n${text}`));
}

function parse(
  command: Command,
  argv: readonly string[],
  info: CommandInfo,
): Readonly<Record<string, string | boolean>> {
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") {
      throw new HelpWanted([command.helpInformation(), info.after].filter((text) => text !== undefined).join("\n"));
    }
    throw new JobError("BAD_OPTION", asSentence(error.message), { cause: error });
  }
  if (info.operand === undefined && command.args.length > 0) {
    throw new JobError(
      "BAD_OPTION",
      `Unexpected argument "${shown(command.args[0] ?? "")}"; --help lists all options.`,
    );
  }
  const options = command.opts<Record<string, string | boolean>>();
  // commander gives every `--no-x` the default true; only typed options count here.
  return Object.fromEntries(Object.entries(options).filter(([key]) => command.getOptionValueSource(key) === "cli"));
}

/** `error: unknown option '--stram'\n(Did you mean --stream?)` → one sentence. */
function asSentence(message: string): string {
  const [what = "", hint] = message.replace(/^error: /, "").split("\n");
  const sentence = what.charAt(0).toUpperCase() + what.slice(1).replace(/\.$/, "");
  const meant = hint === undefined ? undefined : /Did you mean (.*)\?/.exec(hint)?.[1];
  return meant === undefined ? `${sentence}; --help lists all options.` : `${sentence}: did you mean ${meant}?`;
}

/** The given text, cut short, and without the password that an address may hold. */
function shown(text: string): string {
  const safe = text.replace(/\/\/.*@/s, "//…@");
  return safe.length > 60 ? `${safe.slice(0, 60)}…` : safe;
}
