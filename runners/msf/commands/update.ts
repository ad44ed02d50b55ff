import { JobError } from "../../../src/errors";
import { typed } from "../../../src/options/command-line";
import { findApplication, stopApplication } from "../application";
import { differences } from "../compare";
import { type Context, commandValues, mustBeDeployed, mustBeSettled, withRemembered } from "../context";
import { jarKey } from "../jars";
import { DEPLOYMENT } from "../options";
import { ensureBucket, ensureJar, jarOf, newest, sayWhere, start } from "../release";
import { resolveDeployment } from "../resolve";
import { type Stack, updateStack } from "../stacks";
import { deploymentTemplate } from "../template";
import type { Template } from "../template/document";

/** Stops with a snapshot, changes what is new, starts from the snapshot. */
export async function update(given: Context): Promise<void> {
  const deployed = await mustBeDeployed(given);
  mustBeSettled(deployed.stack);
  const context = withRemembered(given, deployed);
  const { aws, name, line, say } = context;
  const jar = await jarOf(context);
  const bucket = await ensureBucket(context, typed(line, DEPLOYMENT).bucket);
  const deployment = await resolveDeployment(aws, line, name, { bucket, key: jarKey(name, jar) }, say);
  const template = deploymentTemplate(deployment);
  if (differences(deployed.template, template).length === 0) {
    say("There is nothing to update.");
    return;
  }
  await ensureJar(context, bucket, deployment.jar.key, jar);
  await stopForChange(context);
  await changeStopped(context, deployed.stack, template);
  await start(context, await newest(context)).catch((error: unknown) => {
    say("npm run msf -- rollback goes back to what ran before.");
    throw error;
  });
  await sayWhere(context, deployed.stack);
}

/** Rejects when the application is in between two states. */
export async function stopForChange(context: Context): Promise<void> {
  const { aws, name, say } = context;
  const status = (await findApplication(aws, name))?.status ?? "gone";
  if (status === "READY") return;
  if (status !== "RUNNING") {
    throw new JobError("DEPLOYMENT", `${name} is ${status}, and must be RUNNING or READY for this: try again later.`);
  }
  const { force } = commandValues(context);
  say(`Stopping ${name}${force ? " without a snapshot" : " with a snapshot"} …`);
  await stopApplication(aws, name, force);
}

/** Changes the stack of a stopped application; when that fails, the old job is started again. */
export async function changeStopped(context: Context, stack: Stack, template: Template): Promise<void> {
  try {
    await updateStack(context.aws, stack, template, context.say);
  } catch (error) {
    context.say("The change failed and was taken back: starting the job as it was.");
    await start(context, await newest(context));
    throw error;
  }
}
