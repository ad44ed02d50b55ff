/** Existing deployments: the stack, its template, and the options that were given for it. */
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { environmentName, flagName, type OptionSpec } from "../../src/options/spec";
import { commandValues, type Context, readLine } from "./context";
import { MSF_TABLES } from "./options";
import { awaitStack, findStack, type Stack, stackTemplate } from "./stacks";
import type { Template } from "./template/document";
import { GIVEN } from "./template";

export interface Deployed {
  readonly stack: Stack;
  readonly template: Template;
}

const SETTLED = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];
const NEVER_MADE = ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"];

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

/** Does the same, ready for a change: waits for one under way, as after Ctrl-C. Rejects when it allows none. */
export async function findSettled(context: Context): Promise<Deployed | undefined> {
  const found = await findDeployed(context);
  if (found === undefined || !found.stack.status.endsWith("_IN_PROGRESS")) return settled(found);
  const { aws, say } = context;
  say(`The stack ${found.stack.name} is ${words(found.stack)}: waiting for its end …`);
  await awaitStack(aws, found.stack, say).catch((error: unknown) => {
    if (!(error instanceof BeamError)) throw error;
    // A failed change need not forbid the next one; the stack's state decides that.
    say(error.message);
  });
  return settled(await findDeployed(context));
}

export async function mustBeDeployed(context: Context): Promise<Deployed> {
  return deployedOf(context, await findDeployed(context));
}

/** Rejects with a sentence when there is none, or when it is in a state that allows no change. */
export async function mustBeSettled(context: Context): Promise<Deployed> {
  return deployedOf(context, await findSettled(context));
}

function deployedOf({ name, aws }: Context, found: Deployed | undefined): Deployed {
  if (found !== undefined) return found;
  throw new JobError(
    "DEPLOYMENT",
    `Nothing is deployed as ${name} in ${aws.region}: check --name and --region, or deploy first.`,
  );
}

function settled(found: Deployed | undefined): Deployed | undefined {
  if (found === undefined || SETTLED.includes(found.stack.status)) return found;
  const { name, reason } = found.stack;
  const why = reason === undefined ? "" : ` (${reason.replace(/\.?\s*$/, "")})`;
  throw new JobError("DEPLOYMENT", `The stack ${name} is ${words(found.stack)}${why}: ${remedy(found.stack)}.`);
}

function remedy({ status, name }: Stack): string {
  if (NEVER_MADE.includes(status)) return "destroy it, and deploy again";
  if (status === "UPDATE_ROLLBACK_FAILED") {
    return `mend what that says, then let AWS take the change back, with aws cloudformation continue-update-rollback --stack-name ${name}`;
  }
  if (status === "DELETE_FAILED") return "mend what that says, and destroy it again";
  return "look at it in the AWS console";
}

function words({ status }: Stack): string {
  return status.toLowerCase().replaceAll("_", " ");
}

/** The options that the user gave to earlier commands. */
export function givenOf({ template }: Deployed): Readonly<Record<string, string>> {
  return template.Metadata?.[GIVEN] as Readonly<Record<string, string>>;
}

/** Adds the options of earlier commands to those of this command line, which win and can unset them. */
export function withRemembered(context: Context, deployed: Deployed): Context {
  const given = givenOf(deployed);
  const unset = (commandValues(context).unset ?? []).map((name) => keyOf(name, given));
  const kept = Object.fromEntries(Object.entries(given).filter(([key]) => !unset.includes(key)));
  return { ...context, line: readLine(context.argv, { ...variables(kept), ...context.environment }) };
}

/** Replaces all options ever given by these. */
export function withGiven(context: Context, given: Readonly<Record<string, string>>): Context {
  return { ...context, line: readLine(["--region", context.aws.region], variables(given)) };
}

function variables(given: Readonly<Record<string, string>>): Record<string, string> {
  const specs = Object.assign({}, ...Object.values(MSF_TABLES)) as Record<string, OptionSpec>;
  return Object.fromEntries(Object.entries(given).map(([key, text]) => [environmentName(key, specs[key]), text]));
}

function keyOf(name: string, given: Readonly<Record<string, string>>): string {
  const key = Object.keys(given).find((each) => flagName(each) === name);
  if (key !== undefined) return key;
  const names = Object.keys(given).map(flagName).join(", ");
  throw new JobError("BAD_OPTION", `--unset: ${name} was not given before; there are ${names}.`);
}
