/** Runs a TypeScript file of this project as a service in a process of its own. */
import path from "node:path";
import { environmentFor, type LocalChild, type ProgramOptions, startProgram } from "../beam/process";

const ROOT = path.resolve(__dirname, "../..");

export interface ChildOptions extends Pick<ProgramOptions, "title" | "args" | "logFile"> {
  /** TypeScript file, relative to the project's root. */
  readonly script: string;
}

/** Starts the file and waits until it serves. Fails with `BeamError` LOCAL_SERVICE. */
export function startChild({ script, args, ...options }: ChildOptions): Promise<LocalChild> {
  return startProgram({
    ...options,
    command: process.execPath,
    args: ["-r", "ts-node/register/transpile-only", path.join(ROOT, script), ...args],
    environment: environmentFor(["typescript"]),
    // The folder from which ts-node and its settings are found.
    cwd: ROOT,
  });
}
