/** What every command has: its options, AWS, and where its lines go. */
import { JobError } from "../../src/errors";
import { type CommandLine, readCommandLine, typed } from "../../src/options/command-line";
import { environmentName, type OptionSpec } from "../../src/options/spec";
import { SOURCE } from "../../src/options/table";
import type { Aws } from "./aws";
import { COMMAND, MSF_TABLES } from "./options";
import { findStack, type Stack, stackTemplate } from "./stacks";
import type { Template } from "./template/document";
import { GIVEN } from "./template";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Context {
  readonly aws: Aws;
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly line: CommandLine;
  readonly name: string;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
  /** Results, on standard output. */
  readonly write: (line: string) => void;
  /** What a person types; undefined when nobody is there. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Ctrl-C. */
  readonly ended: AbortSignal;
}

export const INFO = {
  usage: "npm run msf --",
  says: "Runs the job on Amazon Managed Service for Apache Flink: infrastructure, jar, start, update, and the way back.",
  operand: "package|plan|deploy|status|logs|update|rollback|stop|destroy",
  after: [
    "package    builds the jar",
    "plan       what deploy or update would do, and what it costs a month; changes nothing",
    "deploy     makes everything and starts the job; starts it again from its snapshot after a stop",
    "status     how the application is, and why it does not run",
    "logs       the application's log",
    "update     stops with a snapshot, changes what is new, starts from the snapshot",
    "rollback   back to the version before, with its snapshot",
    "stop       stops with a snapshot; nothing but storage is paid for then",
    "destroy    removes the application, and stream and domain with all that they hold, if deploy made them",
    "",
    "Options of the job become runtime properties. An update keeps all options that were given before.",
    "",
    "Examples:",
    "  npm run msf -- plan --stream chat --region eu-west-1",
    "  npm run msf -- deploy --stream chat --region eu-west-1",
    "  npm run msf -- update --session-gap 10m --region eu-west-1",
    "docs/managed-flink.md goes through it step by step.",
  ].join("\n"),
} as const;

export function readLine(argv: readonly string[], environment: Environment): CommandLine {
  return readCommandLine(MSF_TABLES, INFO, argv, environment);
}

export function commandValues({ line }: Pick<Context, "line">) {
  return typed(line, { ...COMMAND, region: SOURCE.region });
}

export interface Deployed {
  readonly stack: Stack;
  readonly template: Template;
}

/** The stack of this name, with its template; undefined when there is none. Rejects when it is not one of ours. */
export async function findDeployed({ aws, name }: Context): Promise<Deployed | undefined> {
  const stack = await findStack(aws, name);
  if (stack === undefined) return undefined;
  const template = await stackTemplate(aws, name);
  if (template.Metadata?.[GIVEN] === undefined) {
    throw new JobError("DEPLOYMENT", `There is another stack named ${name}: choose another --name.`);
  }
  return { stack, template };
}

/** Rejects with a sentence when there is none, or when it is in a state that allows no change. */
export async function mustBeDeployed(context: Context): Promise<Deployed> {
  const found = await findDeployed(context);
  if (found === undefined) {
    throw new JobError(
      "DEPLOYMENT",
      `Nothing is deployed as ${context.name} in ${context.aws.region}: check --name and --region, or deploy first.`,
    );
  }
  return found;
}

export function mustBeSettled({ status, name, reason }: Stack): void {
  if (["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"].includes(status)) return;
  const state = status.toLowerCase().replaceAll("_", " ");
  const hint = status.endsWith("_IN_PROGRESS") ? "wait for its end" : "destroy it, and deploy again";
  throw new JobError(
    "DEPLOYMENT",
    `The stack ${name} is ${state}${reason === undefined ? "" : ` (${reason})`}: ${hint}.`,
  );
}

/** The options of this command line, and behind them what was given to the commands before. */
export function withRemembered(context: Context, { template }: Deployed): Context {
  const given = template.Metadata?.[GIVEN] as Readonly<Record<string, string>>;
  const specs = Object.assign({}, ...Object.values(MSF_TABLES)) as Record<string, OptionSpec>;
  const remembered = Object.entries(given).map(([key, text]) => [environmentName(key, specs[key]), text] as const);
  const environment = { ...Object.fromEntries(remembered), ...context.environment };
  return { ...context, line: readLine(context.argv, environment) };
}
