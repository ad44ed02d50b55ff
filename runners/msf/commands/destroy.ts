import { settledApplication, stopApplication } from "../application";
import type { Context } from "../context";
import { findDeployed, withRemembered } from "../deployed";
import { confirm, heldBy } from "../data-holders";
import { caller } from "../aws";
import { deleteFiles, type JarBucket } from "../jars";
import { reasonOfRun } from "../down-reason";
import { bucketStackName, findBucket } from "../release";
import { deleteStack, findStack, type Stack } from "../stacks";

/** States in which an application costs money and writes, and can be stopped at once. */
const STOPPABLE = ["RUNNING", "STARTING", "UPDATING", "STOPPING", "AUTOSCALING"];

/** Removes everything that deploy made, and nothing else; twice does no harm. */
export async function destroy(context: Context): Promise<void> {
  const { aws, name, say, write } = context;
  const found = await findDeployed(context);
  const jars = await findStack(aws, bucketStackName(name));
  if (found === undefined && jars === undefined) {
    write(`Nothing is deployed as ${name} in ${aws.region}.`);
    return;
  }
  const held = heldBy(Object.values(found?.template.Resources ?? {}).map(({ Type }) => Type));
  await confirm(context, held.length === 0 ? name : `${name}, with ${held.join(" and ")} and all that they hold`);
  if (found !== undefined) {
    await stopAtOnce(context);
    say(`Deleting the stack ${name} …`);
    await deleteStack(aws, found.stack, say);
  }
  for (const bucket of await bucketsOf(found === undefined ? context : withRemembered(context, found), jars)) {
    say(`Removed ${await deleteFiles(aws, bucket, name)} files from s3://${bucket.bucket}.`);
  }
  if (jars !== undefined) await deleteStack(aws, jars, say);
  write(`${name} is gone.`);
}

/** The stack's own bucket, and the one that was given: an update may have moved from one to the other. */
async function bucketsOf(context: Context, jars: Stack | undefined): Promise<readonly JarBucket[]> {
  const used = await findBucket(context, jars);
  const made = jars?.outputs["BucketName"];
  if (made === undefined || used === undefined || made === used.bucket) return used === undefined ? [] : [used];
  return [used, { bucket: made, owner: (await caller(context.aws)).account }];
}

/** Stops without a snapshot, since the state is removed too; a job that runs while its stream is deleted only fails. */
async function stopAtOnce(context: Context): Promise<void> {
  const { aws, name, say } = context;
  const application = await settledApplication(aws, name, say, "forcible");
  if (application === undefined || !STOPPABLE.includes(application.status)) return;
  say(`Stopping ${name} …`);
  await stopApplication(aws, name, true, reasonOfRun(context));
}
