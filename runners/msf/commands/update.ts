import { typed } from "../../../src/options/command-line";
import { changeStopped, stopForChange } from "../change";
import { differences } from "../compare";
import type { Context } from "../context";
import { mustBeSettled, withRemembered } from "../deployed";
import { confirm, lostBy, refuseOtherStream } from "../holding";
import { jarKey } from "../jars";
import { DEPLOYMENT } from "../options";
import { bringUp, ensureBucket, ensureJar, jarOf, newest, sayWhere, start } from "../release";
import { resolveDeployment } from "../resolve";
import { deploymentTemplate } from "../template";
import { undoneOf } from "../undone";

/** Stops with a snapshot, changes what is new, starts from the snapshot; takes up an update that was interrupted. */
export async function update(given: Context): Promise<void> {
  const deployed = await mustBeSettled(given);
  const context = withRemembered(given, deployed);
  const { aws, name, line, say } = context;
  const jar = await jarOf(context);
  const bucket = await ensureBucket(context, typed(line, DEPLOYMENT).bucket);
  const deployment = await resolveDeployment(aws, line, name, { bucket, key: jarKey(name, jar) }, say);
  await refuseOtherStream(aws, deployed.template, deployment);
  const template = deploymentTemplate(deployment, undoneOf(deployed.template));
  const changes = differences(deployed.template, template);
  if (changes.length === 0) {
    if (await bringUp(context, deployed)) await sayWhere(context, deployed.stack);
    else say("There is nothing to update.");
    return;
  }
  const lost = lostBy(changes);
  if (lost.length > 0) await confirm(context, `${lost.join(" and ")} of ${name} with all that it holds`);
  await ensureJar(context, bucket, deployment.jar.key, jar);
  await stopForChange(context);
  await changeStopped(context, deployed, template);
  await start(context, await newest(context, template)).catch((error: unknown) => {
    say("npm run msf -- rollback goes back to what ran before.");
    throw error;
  });
  await sayWhere(context, deployed.stack);
}
