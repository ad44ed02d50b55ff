import { JobError } from "../../../src/errors";
import { PROPERTY_TABLES } from "../../../src/options/properties";
import { flagName } from "../../../src/options/spec";
import {
  type Application,
  applicationVersion,
  findApplication,
  rollBackByService,
  type Snapshot,
  snapshots,
  stopApplication,
} from "../application";
import { type Context, type Deployed, mustBeDeployed, mustBeSettled } from "../context";
import { sayWhere, start } from "../release";
import { GIVEN } from "../template";
import { withRelease } from "../template/release";
import { changeStopped } from "./update";

/** In these the service itself can go back to what ran before. */
const STUCK = ["UPDATING", "AUTOSCALING"];
/** Properties that say where the job is, not what it does. */
const PLACES = ["opensearch-endpoint", "auth", "region", "stream"];

/** Back to the version before: its jar, its properties, and the newest snapshot that it made. */
export async function rollback(context: Context): Promise<void> {
  const { aws, name, say } = context;
  const deployed = await mustBeDeployed(context);
  const application = await findApplication(aws, name);
  if (application === undefined) throw new JobError("DEPLOYMENT", `The application ${name} is gone: deploy it again.`);
  if (STUCK.includes(application.status)) {
    say(`${name} is ${application.status}: the service rolls it back …`);
    await rollBackByService(aws, application);
    await sayWhere(context, deployed.stack);
    return;
  }
  mustBeSettled(deployed.stack);
  const before = await versionBefore(context, application);
  say(
    `Going back to version ${before.application.versionId} with its snapshot of ${before.snapshot.created.toISOString()}: what came later is read from the stream again.`,
  );
  // What runs now is what is not wanted, so its state is not worth a snapshot.
  if (application.status !== "READY") await stopApplication(aws, name, true);
  await changeStopped(context, deployed.stack, {
    ...withRelease(deployed.template, before.application.jarKey ?? "", before.application.properties),
    Metadata: { [GIVEN]: givenBefore(deployed, before.application) },
  });
  await start(context, { snapshot: before.snapshot.name });
  await sayWhere(context, deployed.stack);
}

/** The newest snapshot of a version with another jar or other properties, and that version. */
async function versionBefore(
  { aws, name }: Context,
  now: Application,
): Promise<{ readonly snapshot: Snapshot; readonly application: Application }> {
  const seen = new Map<number, Application>();
  for (const snapshot of await snapshots(aws, name)) {
    const { versionId } = snapshot;
    const application = seen.get(versionId) ?? (await applicationVersion(aws, name, versionId));
    seen.set(versionId, application);
    const differs = application.jarKey !== now.jarKey || !sameTexts(application.properties, now.properties);
    if (differs && versionId < now.versionId) return { snapshot, application };
  }
  throw new JobError("DEPLOYMENT", `${name} has no snapshot of a version before this one: there is no way back.`);
}

function sameTexts(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

/** What the user had given when that version ran: a later update begins with it. */
function givenBefore({ template }: Deployed, { properties }: Application): Record<string, string> {
  const given = template.Metadata?.[GIVEN] as Readonly<Record<string, string>>;
  const keys = Object.values(PROPERTY_TABLES).flatMap((table) => Object.keys(table));
  const jobKeys = keys.filter((key) => !PLACES.includes(flagName(key)));
  const kept = Object.entries(given).filter(([key]) => !jobKeys.includes(key));
  const then = jobKeys.flatMap((key) => {
    const text = properties[flagName(key)];
    return text === undefined ? [] : [[key, text] as const];
  });
  return Object.fromEntries([...kept, ...then]);
}
