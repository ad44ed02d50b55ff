import { changeStopped, stopForChange } from "../change-stack";
import { differences } from "../template-changes";
import type { Context } from "../context";
import { mustBeSettled, withRemembered } from "../deployed";
import { confirm, lostBy, refuseOtherStream, refuseRebuiltDomain } from "../data-holders";
import { ensureJar, jarKey } from "../jars";
import { bringUp, ensureBucket, jarOf, sayWhere, startAgain } from "../release";
import { resolveDeployment } from "../resolve";
import { deploymentTemplate } from "../template";
import { undoneOf } from "../undone-snapshots";

/** Stops with a snapshot, applies the changes, starts from the snapshot; continues an update that was interrupted. */
export async function update(given: Context): Promise<void> {
  const deployed = await mustBeSettled(given);
  const context = withRemembered(given, deployed);
  const { aws, name, line, say } = context;
  const jar = await jarOf(context);
  const bucket = await ensureBucket(context);
  const key = jarKey(name, jar);
  const unplaced = await resolveDeployment(aws, line, name, { ...bucket, key, version: undefined }, say);
  await refuseOtherStream(aws, deployed.template, unplaced);
  refuseRebuiltDomain(deployed.template, deploymentTemplate(unplaced));
  // Uploads the jar before any question: only an uploaded jar has a version that can be compared.
  const deployment = { ...unplaced, jar: await ensureJar(aws, bucket, key, jar, say) };
  const template = deploymentTemplate(deployment, undoneOf(deployed.template));
  const changes = differences(deployed.template, template);
  if (changes.length === 0) {
    if (await bringUp(context, deployed)) await sayWhere(context, deployed.stack);
    else say("There is nothing to update.");
    return;
  }
  const lost = lostBy(changes);
  if (lost.length > 0) await confirm(context, `${lost.join(" and ")} of ${name} with all that it holds`);
  await stopForChange(context);
  await changeStopped(context, deployed, template, deployment);
  await startAgain(context, template).catch((error: unknown) => {
    say("npm run msf -- rollback goes back to what ran before.");
    throw error;
  });
  await sayWhere(context, deployed.stack);
}
