/**
 * The variables that processes get which this one starts: those that they need, and no others, whatever secrets stand in
 * this process's own environment. The names are in variables.json, since bootstrap.mjs reads them before there are
 * packages; one that ends in `*` names all that begin so.
 */
import variables from "./variables.json";

/**
 * What a process does beside running at all: `worker` calls AWS as the pipeline's own steps do, `download` goes through
 * the network's proxy. npm's own tokens are for its registry, and its settings may refer to them.
 */
export type Need = Exclude<keyof typeof variables, "program">;

type Environment = Readonly<Record<string, string | undefined>>;

/** For a process with these needs, and for these variables beside, by their names. */
export function environmentFor(
  needs: readonly Need[],
  more: readonly string[] = [],
  from: Environment = process.env,
): NodeJS.ProcessEnv {
  const names = [...variables.program, ...needs.flatMap((need) => variables[need]), ...more];
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.some((each) => fits(name, each))));
}

/** In any case of letters: proxies have small ones, Windows calls its PATH Path. */
function fits(name: string, wanted: string): boolean {
  const [own, pattern] = [name.toUpperCase(), wanted.toUpperCase()];
  return pattern.endsWith("*") ? own.startsWith(pattern.slice(0, -1)) : own === pattern;
}
