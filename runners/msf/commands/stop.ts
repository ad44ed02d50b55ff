import { JobError } from "../../../src/chat/errors";
import { findApplication, stopApplication } from "../application";
import { type Context, commandValues } from "../context";
import { mustBeDeployed } from "../deployed";

/** Stops with a snapshot, from which the next deploy goes on. */
export async function stop(context: Context): Promise<void> {
  const { aws, name, say, write } = context;
  await mustBeDeployed(context);
  const status = (await findApplication(aws, name))?.status ?? "gone";
  if (status === "READY") {
    write(`${name} is stopped already.`);
    return;
  }
  const { force } = commandValues(context);
  if (status !== "RUNNING" && !force) {
    throw new JobError("DEPLOYMENT", `${name} is ${status}: try again later, or stop it with --force and no snapshot.`);
  }
  say(`Stopping ${name} ${force ? "without a snapshot" : "with a snapshot"} …`);
  await stopApplication(aws, name, force);
  write(`${name} is stopped; npm run msf -- deploy starts it again where it was.`);
}
