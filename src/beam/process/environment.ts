/**
 * Selects the environment variables of child processes: only those that they need, since this process's own environment
 * may hold secrets. The names are in variables.json, because bootstrap.mjs reads them before any package is installed.
 * A name that ends in `*` stands for all names with that prefix.
 */
import variables from "./variables.json";

/**
 * A process's needs beyond running at all. `worker` calls AWS as the pipeline's own steps do; `download` uses the
 * network's proxy. npm needs its own tokens for its registry, and its settings may refer to them.
 */
export type Need = Exclude<keyof typeof variables, "program">;

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the variables for these needs, and those named in `more`. */
export function environmentFor(
  needs: readonly Need[],
  more: readonly string[] = [],
  from: Environment = process.env,
): NodeJS.ProcessEnv {
  const names = [...variables.program, ...needs.flatMap((need) => variables[need]), ...more];
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.some((each) => fits(name, each))));
}

/** Compares without case: proxy variables may be in lower case, and Windows calls PATH "Path". */
function fits(name: string, wanted: string): boolean {
  const [own, pattern] = [name.toUpperCase(), wanted.toUpperCase()];
  return pattern.endsWith("*") ? own.startsWith(pattern.slice(0, -1)) : own === pattern;
}
