import { JobError } from "../../../src/chat/errors";
import { isStopped, settledApplication, stopApplication } from "../application";
import { type Context, commandValues } from "../context";
import { mustBeDeployed } from "../deployed";
import { reasonOfRun } from "../down-reason";

/** Stops with a snapshot, from which the next deploy goes on. */
export async function stop(context: Context): Promise<void> {
  const { aws, name, say, write } = context;
  await mustBeDeployed(context);
  const { force } = commandValues(context);
  const application = await settledApplication(aws, name, say, force ? "forcible" : "any");
  if (application !== undefined && isStopped(application)) {
    write(`${name} is stopped already.`);
    return;
  }
  const status = application?.status ?? "gone";
  if (status !== "RUNNING" && !force) {
    throw new JobError("DEPLOYMENT", `${name} is ${status}: try again later, or stop it with --force and no snapshot.`);
  }
  say(`Stopping ${name} ${force ? "without a snapshot" : "with a snapshot"} …`);
  await stopApplication(aws, name, force, reasonOfRun(context));
  write(`${name} is stopped; npm run msf -- deploy starts it again where it was.`);
}
