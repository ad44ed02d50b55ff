import { findApplication } from "../application";
import type { Context } from "../context";
import { mustBeDeployed } from "../deployed";
import { failedOperation, snapshots } from "../history";
import { lastFailure } from "../down-reason";

/** Prints the application's state, and the reason in the job's own sentence when it does not run. */
export async function status(context: Context): Promise<void> {
  const { aws, name, write } = context;
  const { stack } = await mustBeDeployed(context);
  const application = await findApplication(aws, name);
  const row = (what: string, value: string): void => write(`  ${what.padEnd(12)}${value}`);
  write(`${name} is ${application?.status ?? "gone"}.`);
  row(
    "stack",
    stack.status.toLowerCase().replaceAll("_", " ") + (stack.reason === undefined ? "" : `: ${stack.reason}`),
  );
  if (application === undefined) return;
  row("version", `${application.versionId} on ${application.runtime}, parallelism ${application.parallelism ?? "?"}`);
  row("jar", application.jar.key);
  for (const [property, value] of Object.entries(application.properties)) row("property", `${property} = ${value}`);
  const [newest, ...older] = await snapshots(aws, name);
  row(
    "snapshots",
    newest === undefined ? "none" : `${older.length + 1}, the newest of ${newest.created.toISOString()}`,
  );
  row("dashboard", stack.outputs["DashboardUrl"] ?? "");
  const failed = await failedOperation(aws, name);
  if (failed !== undefined) row("operation", `the last one failed: ${failed}`);
  const failure = await lastFailure(aws, name);
  if (failure !== undefined) row("failure", `${new Date(failure.atMs).toISOString()} ${failure.sentence}`);
}
