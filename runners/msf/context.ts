/** The context of every command: its options, AWS, and the outlets for its lines. */
import { type CommandLine, readCommandLine, typed } from "../../src/options/command-line";
import { SOURCE } from "../../src/options/table";
import type { Aws } from "./aws";
import { COMMAND, MSF_TABLES } from "./options";

export type Environment = Readonly<Record<string, string | undefined>>;

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
  /** Asks a question and returns the typed answer; undefined when nobody is there. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Aborted by Ctrl-C. */
  readonly ended: AbortSignal;
}

export const INFO = {
  usage: "npm run msf --",
  says: "Runs the job on Amazon Managed Service for Apache Flink: infrastructure, jar, start, update, and the way back.",
  operand: "package|plan|deploy|status|doctor|logs|update|rollback|stop|destroy",
  after: [
    "package    builds the jar",
    "plan       what deploy or update would do, and what it costs a month; changes nothing",
    "deploy     makes everything and starts the job; starts it again from its snapshot after a stop",
    "status     how the application is, and why it does not run",
    "doctor     looks at application, rights, log, metrics, stream, models, index and quotas; changes nothing",
    "logs       the application's log",
    "update     stops with a snapshot, changes what is new, starts from the snapshot; starts what was left stopped",
    "rollback   back to the version before, with its snapshot",
    "stop       stops with a snapshot; stream, domain and alarms are paid for all the same, as plan says",
    "destroy    removes the application, and stream and domain with all that they hold, if deploy made them",
    "",
    "Options of the job become runtime properties. An update keeps all options that were given before, but --unset ones.",
    "",
    "Examples:",
    "  npm run msf -- plan --stream chat --region us-east-1",
    "  npm run msf -- deploy --stream chat --region us-east-1",
    "  npm run msf -- update --session-gap 10m --region us-east-1",
    "  npm run msf -- update --unset session-gap,alarm-topic --region us-east-1",
    "docs/managed-flink.md goes through it step by step.",
  ].join("\n"),
} as const;

export function readLine(argv: readonly string[], environment: Environment): CommandLine {
  return readCommandLine(MSF_TABLES, INFO, argv, environment);
}

export function commandValues({ line }: Pick<Context, "line">) {
  return typed(line, { ...COMMAND, region: SOURCE.region });
}
