/** Refuses environment variables that nobody reads: a misspelt one would otherwise be silently ignored. */
import { JobError } from "../chat/errors";
import { PASSWORD_VARIABLE } from "../io/opensearch/settings";
import { OF_COMMANDS } from "./commands";
import { nearest } from "./nearest";
import { environmentName, VARIABLE_PREFIX } from "./spec";
import { OPTIONS } from "./table";

/** Prefix of the variables that belong to the deployment to the managed service alone. */
const DEPLOYMENT_PREFIX = `${VARIABLE_PREFIX}MSF_`;

const KNOWN = [
  ...Object.entries({ ...OF_COMMANDS, ...OPTIONS }).map(([key, spec]) => environmentName(key, spec)),
  PASSWORD_VARIABLE,
];

/**
 * Throws `JobError` BAD_OPTION for the first variable with our prefix that is known neither here nor to this command.
 */
export function refuseUnknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  ofCommand: readonly string[],
): void {
  const names = [...new Set([...KNOWN, ...ofCommand])];
  const isDeployment = ofCommand.some((name) => name.startsWith(DEPLOYMENT_PREFIX));
  const unknown = Object.keys(environment).find(
    (name) =>
      name.startsWith(VARIABLE_PREFIX) &&
      (environment[name] ?? "") !== "" &&
      !names.includes(name) &&
      (isDeployment || !name.startsWith(DEPLOYMENT_PREFIX)),
  );
  if (unknown === undefined) return;
  const meant = nearest(unknown, names);
  const hint = meant === undefined ? "; --help lists all options." : `: did you mean ${meant}?`;
  throw new JobError("BAD_OPTION", `Unknown environment variable ${unknown.slice(0, 60)}${hint}`);
}
