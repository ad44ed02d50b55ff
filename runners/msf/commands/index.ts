import { JobError } from "../../../src/chat/errors";
import { nearest } from "../../../src/options/nearest";
import { awsClients } from "../aws";
import { commandValues, type Context, readLine } from "../context";
import { deploy } from "./deploy";
import { destroy } from "./destroy";
import { doctor } from "./doctor";
import { logs } from "./logs";
import { packageCommand } from "./package";
import { plan } from "./plan";
import { rollback } from "./rollback";
import { status } from "./status";
import { stop } from "./stop";
import { update } from "./update";

export const COMMANDS = {
  package: packageCommand,
  plan,
  deploy,
  status,
  doctor,
  logs,
  update,
  rollback,
  stop,
  destroy,
} as const satisfies Record<string, (context: Context) => Promise<void>>;

export interface Surroundings extends Pick<Context, "environment" | "say" | "write" | "ask" | "ended"> {
  /** Pause between two looks at a change that takes its time; the default suits AWS. */
  readonly pollMs?: number;
}

/** Runs `npm run msf`. Rejects with `JobError` or `HelpWanted`. */
export async function runMsf(argv: readonly string[], { pollMs, ...surroundings }: Surroundings): Promise<void> {
  const line = readLine(argv, surroundings.environment);
  const [action, ...rest] = line.operands;
  const names = Object.keys(COMMANDS);
  if (action === undefined) throw new JobError("BAD_OPTION", `Say what to do: ${names.join(", ")}; --help tells more.`);
  if (!isCommand(action)) {
    const meant = nearest(action, names);
    const hint = meant === undefined ? `say one of ${names.join(", ")}` : `did you mean ${meant}?`;
    throw new JobError("BAD_OPTION", `"${action.slice(0, 60)}" is not known here: ${hint}`);
  }
  if (rest.length > 0) throw new JobError("BAD_OPTION", `One command at a time: ${action} takes no further words.`);
  const { name, region } = commandValues({ line });
  await COMMANDS[action]({ ...surroundings, argv, line, name, aws: awsClients(region, pollMs) });
}

function isCommand(action: string): action is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, action);
}
