/** The steps that deploy and update share: the jar and its bucket, starting, and printing addresses. */
import { JobError } from "../../src/chat/errors";
import { typed } from "../../src/options/command-line";
import {
  awaitStarted,
  findApplication,
  gone,
  isStopped,
  type Restore,
  settledApplication,
  startApplication,
} from "./application";
import { caller } from "./aws";
import { type Context, commandValues } from "./context";
import type { Deployed } from "./deployed";
import { lastStart, snapshots } from "./history";
import { type JarBucket, readJar } from "./jars";
import { removeOldSnapshots } from "./old-snapshots";
import { DEPLOYMENT } from "./options";
import { type PackagedJar, packageJar } from "./package";
import { reasonSince } from "./down-reason";
import { awaitStack, createStack, findStack, type Stack } from "./stacks";
import { bucketTemplate } from "./template";
import { inRequest } from "./template-place";
import type { Template } from "./template/document";
import { undoneOf, wanted } from "./undone-snapshots";
import { awaitWork, refuseTrouble } from "./await-work";

/** Time before the present whose log tells how a job is that was found running. */
const PRESENT_MS = 10 * 60_000;

/** The jar of --jar, or one of this checkout. */
export async function jarOf(context: Context): Promise<PackagedJar> {
  const { jar, output } = commandValues(context);
  return readJar(jar ?? (await packageJar({ output }, context.say)).file);
}

export function bucketStackName(name: string): string {
  return `${name}-jars`;
}

/** The bucket for jars, which is made when there is none and none is given. */
export async function ensureBucket(context: Context): Promise<JarBucket> {
  const { aws, say } = context;
  const name = bucketStackName(context.name);
  const stack = givenBucket(context) === undefined ? await findStack(aws, name) : undefined;
  const made = stack?.status.endsWith("_IN_PROGRESS") ? await awaitStack(aws, stack, say) : stack;
  const found = await findBucket(context, made);
  if (found !== undefined) return found;
  say("Making a bucket for jars …");
  const { outputs } = await createStack(aws, name, inRequest(bucketTemplate()), say);
  return { bucket: outputs["BucketName"] ?? "", owner: (await caller(aws)).account };
}

/** The given bucket, or that of the stack for jars; undefined when there is neither. */
export async function findBucket(context: Context, jars: Stack | undefined): Promise<JarBucket | undefined> {
  const bucket = givenBucket(context) ?? jars?.outputs["BucketName"];
  return bucket === undefined ? undefined : { bucket, owner: await bucketOwner(context) };
}

export async function bucketOwner({ aws, line }: Context): Promise<string> {
  return typed(line, DEPLOYMENT).bucketOwner ?? (await caller(aws)).account;
}

function givenBucket({ line }: Context): string | undefined {
  return typed(line, DEPLOYMENT).bucket;
}

/** Starts the job, and looks whether it works; when it does not, the error holds the reason. */
export async function start(context: Context, restore: Restore): Promise<void> {
  const { aws, name, say } = context;
  const sinceMs = Date.now();
  say(`Starting ${name}${restore === "nothing" ? "" : " from its snapshot"} (some minutes) …`);
  await startApplication(aws, name, restore, reasonSince(context, sinceMs));
  await awaitWork(context, sinceMs);
}

/** Starts from the newest snapshot, unless none is there or none is wanted; then removes those that are too old. */
export async function startAgain(context: Context, template: Template): Promise<void> {
  const { aws, name } = context;
  const [newest] = wanted(await snapshots(aws, name), undoneOf(template));
  const { withoutSnapshot } = commandValues(context);
  await start(context, newest === undefined || withoutSnapshot ? "nothing" : { snapshot: newest.name });
  await removeOldSnapshots(context, template);
}

/**
 * Continues a deployment that was interrupted, or did not start: waits for any change under way, and starts a job that
 * is stopped. Resolves with false when there was nothing to do. Rejects when no job runs in the end, or none that
 * works.
 */
export async function bringUp(context: Context, { template }: Deployed): Promise<boolean> {
  const { aws, name, say } = context;
  const { withoutSnapshot } = commandValues(context);
  const found = await findApplication(aws, name);
  if (found?.status === "STARTING") {
    say(`${name} is starting already (some minutes) …`);
    const started = (await lastStart(aws, name))?.getTime() ?? Date.now();
    await awaitStarted(aws, name, reasonSince(context, started));
    await awaitWork(context, started);
    return true;
  }
  const application = await settledApplication(aws, name, say);
  if (application === undefined) throw gone(name);
  if (isStopped(application)) {
    await startAgain(context, template);
    return true;
  }
  if (application.status !== "RUNNING") {
    throw new JobError("DEPLOYMENT", `${name} is ${application.status}, so no job runs: see it in the AWS console.`);
  }
  if (withoutSnapshot) {
    throw new JobError("DEPLOYMENT", `${name} is RUNNING: stop it before, with npm run msf -- stop --force.`);
  }
  const started = (await lastStart(aws, name))?.getTime() ?? 0;
  await refuseTrouble(context, Math.max(started, Date.now() - PRESENT_MS));
  return found?.status !== "RUNNING";
}

export async function sayWhere({ aws, name, write }: Context, stack: Stack): Promise<void> {
  const application = await findApplication(aws, name);
  const { StreamName, OpenSearchEndpoint, DashboardUrl } = (await findStack(aws, name))?.outputs ?? stack.outputs;
  write(`${name} is ${application?.status ?? "gone"}, version ${application?.versionId ?? 0}.`);
  write(`  stream      ${StreamName ?? ""}`);
  write(`  OpenSearch  ${OpenSearchEndpoint ?? ""}`);
  write(`  dashboard   ${DashboardUrl ?? ""}`);
}
