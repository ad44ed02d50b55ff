import { type Context, commandValues } from "../context";
import { mustBeDeployed } from "../deployed";
import { readLog } from "../log";

/** Prints the application's log, oldest line first. */
export async function logs(context: Context): Promise<void> {
  await mustBeDeployed(context);
  const { since, follow } = commandValues(context);
  const wanted = { sinceMs: Date.now() - since, follow };
  await readLog(context.aws, context.name, wanted, context.write, context.ended);
}
