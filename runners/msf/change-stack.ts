/** Changes the stack of an application: stops it before, and starts it again whatever the outcome. */
import { JobError } from "../../src/chat/errors";
import { isStopped, settledApplication, stopApplication } from "./application";
import { differences } from "./template-changes";
import { commandValues, type Context } from "./context";
import type { Deployed } from "./deployed";
import { reasonOfRun } from "./down-reason";
import { startAgain } from "./release";
import { secureDomain } from "./secure-domain";
import type { Deployment } from "./settings";
import { updateStack } from "./stacks";
import { DOMAIN } from "./template";
import { inBucket } from "./template-place";
import type { Template } from "./template/document";

/** Stops the application after any change under way. Rejects when the application then neither runs nor is stopped. */
export async function stopForChange(context: Context): Promise<void> {
  const { aws, name, say } = context;
  const { force } = commandValues(context);
  const application = await settledApplication(aws, name, say);
  if (application !== undefined && isStopped(application)) return;
  const status = application?.status ?? "gone";
  if (status !== "RUNNING") {
    throw new JobError("DEPLOYMENT", `${name} is ${status}, and must be RUNNING or READY for this: try again later.`);
  }
  say(`Stopping ${name}${force ? " without a snapshot" : " with a snapshot"} …`);
  await stopApplication(aws, name, force, reasonOfRun(context));
}

/**
 * Changes the stack of a stopped application, and rights inside the domain with it. When that fails, the old job is
 * started again, and the failure is thrown.
 */
export async function changeStopped(
  context: Context,
  { stack, template }: Deployed,
  next: Template,
  deployment: Deployment,
): Promise<void> {
  try {
    const place = await inBucket(context.aws, deployment.jar, stack.name, next);
    await updateStack(context.aws, stack, place, context.say);
  } catch (error) {
    context.say("The change failed and was taken back: starting the job as it was.");
    await startAgain(context, template).catch((second: unknown) =>
      context.say(second instanceof Error ? second.message : String(second)),
    );
    throw error;
  }
  const isDomainNew = differences(template, next).some(({ resource }) => resource === DOMAIN);
  if (isDomainNew && !(await secureDomain(context, deployment))) {
    context.say("Until then the domain may refuse the job.");
  }
}
