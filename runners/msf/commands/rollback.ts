import { JobError } from "../../../src/chat/errors";
import { PROPERTY_TABLES } from "../../../src/options/properties";
import { flagName } from "../../../src/options/spec";
import {
  type Application,
  applicationVersion,
  findApplication,
  gone,
  isStopped,
  rollBackByService,
  settledApplication,
  stopApplication,
} from "../application";
import { changeStopped } from "../change-stack";
import type { Context } from "../context";
import { type Deployed, givenOf, mustBeDeployed, mustBeSettled, withGiven, withRemembered } from "../deployed";
import { type Snapshot, snapshots } from "../history";
import { reasonOfRun } from "../down-reason";
import { bringUp, bucketOwner, sayWhere, start } from "../release";
import { resolveDeployment } from "../resolve";
import { deploymentTemplate } from "../template";
import { leftBehind, undoneOf, wanted } from "../undone-snapshots";

/** States in which the service itself can go back to the version before. */
const STUCK = ["UPDATING", "AUTOSCALING"];
/** Properties that hold the job's addresses; the others decide its behaviour. */
const PLACES = ["opensearch-endpoint", "auth", "region", "stream"];

/**
 * Goes back to the version before: its jar, its options with all that follows from them, and the newest snapshot that
 * it made.
 */
export async function rollback(context: Context): Promise<void> {
  const { aws, name, say } = context;
  const found = await mustBeDeployed(context);
  const application = await findApplication(aws, name);
  if (application === undefined) throw gone(name);
  if (STUCK.includes(application.status)) {
    say(`${name} is ${application.status}: the service rolls it back …`);
    await rollBackByService(aws, application);
    await bringUp(withRemembered(context, found), found);
    await sayWhere(context, found.stack);
    return;
  }
  const deployed = await mustBeSettled(context);
  const all = await snapshots(aws, name);
  const undone = undoneOf(deployed.template);
  const before = await versionBefore(context, application, wanted(all, undone));
  const { line } = withGiven(context, givenBefore(deployed, before.application));
  // The rights of that version too: its models and indexes may have been others.
  const jar = { ...before.application.jar, owner: await bucketOwner({ ...context, line }) };
  const deployment = await resolveDeployment(aws, line, name, jar, say);
  say(
    `Going back to version ${before.application.versionId} with its snapshot of ${before.snapshot.created.toISOString()}: what came later is read from the stream again.`,
  );
  // The running version is unwanted, so its state is not worth a snapshot.
  const current = await settledApplication(aws, name, say, "forcible");
  if (current === undefined) throw gone(name);
  if (!isStopped(current)) await stopApplication(aws, name, true, reasonOfRun(context));
  const template = deploymentTemplate(deployment, leftBehind(undone, before.snapshot, all));
  await changeStopped(context, deployed, template, deployment);
  await start({ ...context, line }, { snapshot: before.snapshot.name });
  await sayWhere(context, deployed.stack);
}

/** Finds the newest of these snapshots whose version had another jar or other properties, and that version. */
async function versionBefore(
  { aws, name }: Context,
  now: Application,
  candidates: readonly Snapshot[],
): Promise<{ readonly snapshot: Snapshot; readonly application: Application }> {
  const seen = new Map<number, Application>();
  for (const snapshot of candidates) {
    const { versionId } = snapshot;
    const application = seen.get(versionId) ?? (await applicationVersion(aws, name, versionId));
    seen.set(versionId, application);
    const differs = application.jar.key !== now.jar.key || !sameTexts(application.properties, now.properties);
    if (differs && versionId < now.versionId) return { snapshot, application };
  }
  throw new JobError("DEPLOYMENT", `${name} has no snapshot of a version before this one: there is no way back.`);
}

function sameTexts(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

/**
 * The user's options for the job from the time of that version, and for everything else the present ones: a later
 * update begins with them.
 */
function givenBefore(deployed: Deployed, { properties }: Application): Record<string, string> {
  const keys = Object.values(PROPERTY_TABLES).flatMap((table) => Object.keys(table));
  const jobKeys = keys.filter((key) => !PLACES.includes(flagName(key)));
  const kept = Object.entries(givenOf(deployed)).filter(([key]) => !jobKeys.includes(key));
  const then = jobKeys.flatMap((key) => {
    const text = properties[flagName(key)];
    return text === undefined ? [] : [[key, text] as const];
  });
  return Object.fromEntries([...kept, ...then]);
}
