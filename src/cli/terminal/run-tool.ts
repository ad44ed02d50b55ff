import { BeamError, FolderError } from "../../beam/error";
import { HelpWanted } from "../../options/command-line";
import { fitted } from "./wrap";

export interface ToolOptions {
  /** True to show a failure's cause with its stack, whose words may quote the pipeline's data. Default false. */
  readonly showsCauses?: boolean;
  /** The option for the data folder, which is added to refusals of the folder. */
  readonly folderOption?: string;
}

/**
 * Runs a command of `npm run`: help goes to standard output, a refusal is one sentence on standard error and exit code
 * 1. Anything else is a fault of the program and shows its stack.
 */
export async function runTool(
  tool: () => Promise<void>,
  { showsCauses = false, folderOption }: ToolOptions = {},
): Promise<void> {
  try {
    await tool();
  } catch (error) {
    if (error instanceof HelpWanted) {
      process.stdout.write(`${error.help.trimEnd()}\n`);
      return;
    }
    process.exitCode = 1;
    if (!(error instanceof BeamError)) throw error;
    const isOfFolder = error instanceof FolderError && folderOption !== undefined;
    const sentence = `${error.message}${isOfFolder ? ` The option for that is ${folderOption}.` : ""}`;
    process.stderr.write(`${fitted(sentence, process.stderr)}\n`);
    if (showsCauses && error.cause instanceof Error)
      process.stderr.write(`\n${error.cause.stack ?? error.cause.message}\n`);
  }
}
