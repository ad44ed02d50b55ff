import { JobError } from "../../../src/chat/errors";
import { findApplication } from "../application";
import { differences } from "../template-changes";
import type { Context } from "../context";
import { type Deployed, findSettled, withRemembered } from "../deployed";
import { ensureJar, findJar, jarKey } from "../jars";
import { refuseExistingStream } from "../own-stream";
import { bringUp, ensureBucket, jarOf, sayWhere, start } from "../release";
import { resolveDeployment } from "../resolve";
import { secureDomain } from "../secure-domain";
import { createStack } from "../stacks";
import { deploymentTemplate } from "../template";
import { inBucket } from "../template-place";

/** Makes the missing parts and starts a stopped job: a second run does nothing. */
export async function deploy(context: Context): Promise<void> {
  const found = await findSettled(context);
  if (found === undefined) await deployNew(context);
  else await deployAgain(withRemembered(context, found), found);
}

async function deployNew(context: Context): Promise<void> {
  const { aws, name, line, say } = context;
  await refuseTakenName(context);
  // Checks everything before it makes anything.
  const nowhere = { bucket: "", owner: "", key: "", version: undefined };
  const unplaced = await resolveDeployment(aws, line, name, nowhere, say);
  if (unplaced.stream.kind === "new") await refuseExistingStream(aws, unplaced.stream.name);
  const jar = await jarOf(context);
  const bucket = await ensureBucket(context);
  const deployment = { ...unplaced, jar: await ensureJar(aws, bucket, jarKey(name, jar), jar, say) };
  say(`Making the stack ${name}${unplaced.domain.kind === "new" ? " (a domain takes about 20 minutes)" : ""} …`);
  const place = await inBucket(aws, bucket, name, deploymentTemplate(deployment));
  const stack = await createStack(aws, name, place, say);
  if (!(await secureDomain(context, deployment))) {
    const message = `${name} is made, but not started, since its domain would refuse the job: once the rights are given out, npm run msf -- deploy starts it.`;
    throw new JobError("ACCESS_DENIED", message);
  }
  await start(context, "nothing");
  await sayWhere(context, stack);
}

async function refuseTakenName({ aws, name }: Context): Promise<void> {
  if ((await findApplication(aws, name)) === undefined) return;
  throw new JobError(
    "DEPLOYMENT",
    `There is an application ${name} that was not deployed by this: choose another --name.`,
  );
}

async function deployAgain(context: Context, deployed: Deployed): Promise<void> {
  const { aws, name, line, say } = context;
  const jar = await jarOf(context);
  const bucket = await ensureBucket(context);
  const key = jarKey(name, jar);
  const found = await findJar(aws, bucket, key, jar);
  const place = found ?? { ...bucket, key, version: undefined };
  const deployment = await resolveDeployment(aws, line, name, place, say);
  if (differences(deployed.template, deploymentTemplate(deployment)).length > 0) {
    throw new JobError(
      "DEPLOYMENT",
      `${name} is deployed already, with other settings or another jar: npm run msf -- update changes it, plan shows how.`,
    );
  }
  if (found === undefined) await ensureJar(aws, bucket, key, jar, say);
  if (!(await bringUp(context, deployed))) say("Everything is there already.");
  await sayWhere(context, deployed.stack);
}
