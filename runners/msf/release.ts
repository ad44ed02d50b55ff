/** What deploy and update have in common: the jar and its bucket, starting, and saying where things are. */
import { setTimeout as sleep } from "node:timers/promises";
import { awaitStarted, findApplication, type Restore, settledApplication, startApplication } from "./application";
import { type Context, commandValues } from "./context";
import type { Deployed } from "./deployed";
import { lastStart, snapshots } from "./history";
import { readJar, uploadJar } from "./jars";
import { failureSince } from "./log";
import { type PackagedJar, packageJar } from "./package";
import { awaitStack, createStack, findStack, type Stack } from "./stacks";
import { bucketTemplate } from "./template";
import type { Template } from "./template/document";
import { undoneOf, wanted } from "./undone";

/** A line reaches CloudWatch some seconds after it was written. */
const LOOKS_FOR_REASON = 4;

/** The jar of --jar, or one of this checkout. */
export async function jarOf(context: Context): Promise<PackagedJar> {
  const { jar, output } = commandValues(context);
  return readJar(jar ?? (await packageJar({ output }, context.say)).file);
}

export function bucketStackName(name: string): string {
  return `${name}-jars`;
}

/** The bucket for jars, which is made when there is none and none is given. */
export async function ensureBucket(context: Context, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const name = bucketStackName(context.name);
  const found = await findStack(context.aws, name);
  const made = found?.status.endsWith("_IN_PROGRESS") ? await awaitStack(context.aws, found, context.say) : found;
  const bucket = made?.outputs["BucketName"];
  if (bucket !== undefined) return bucket;
  context.say("Making a bucket for jars …");
  const stack = await createStack(context.aws, name, bucketTemplate(), context.say);
  return stack.outputs["BucketName"] ?? "";
}

export async function ensureJar(context: Context, bucket: string, key: string, jar: PackagedJar): Promise<void> {
  await uploadJar(context.aws, bucket, key, jar, context.say);
}

/** Starts the job; when it does not run, the reason is in the error. */
export async function start(context: Context, restore: Restore): Promise<void> {
  const { aws, name, say } = context;
  say(`Starting ${name}${restore === "nothing" ? "" : " from its snapshot"} (some minutes) …`);
  await startApplication(aws, name, restore, reasonSince(context, Date.now()));
}

/**
 * Takes up what was interrupted, or did not start: waits for what is on the way, and starts a job that is stopped. Resolves
 * with whether there was anything to do.
 */
export async function bringUp(context: Context, { template }: Deployed): Promise<boolean> {
  const { aws, name, say } = context;
  const found = await findApplication(aws, name);
  if (found?.status === "RUNNING") return false;
  if (found?.status === "STARTING") {
    say(`${name} is starting already (some minutes) …`);
    const started = await lastStart(aws, name);
    await awaitStarted(aws, name, reasonSince(context, started?.getTime() ?? Date.now()));
    return true;
  }
  const application = await settledApplication(aws, name, say);
  if (application?.status === "READY") await start(context, await newest(context, template));
  return true;
}

function reasonSince({ aws, name }: Context, sinceMs: number): () => Promise<string | undefined> {
  return async () => {
    for (let look = 1; look <= LOOKS_FOR_REASON; look++) {
      const failure = await failureSince(aws, name, sinceMs);
      if (failure !== undefined) return failure.sentence;
      await sleep(aws.pollMs);
    }
    return undefined;
  };
}

/** From the newest snapshot that no rollback has left behind, if there is any. */
export async function newest({ aws, name }: Context, template: Template): Promise<Restore> {
  const [snapshot] = wanted(await snapshots(aws, name), undoneOf(template));
  return snapshot === undefined ? "nothing" : { snapshot: snapshot.name };
}

export async function sayWhere({ aws, name, write }: Context, stack: Stack): Promise<void> {
  const application = await findApplication(aws, name);
  const { StreamName, OpenSearchEndpoint, DashboardUrl } = (await findStack(aws, name))?.outputs ?? stack.outputs;
  write(`${name} is ${application?.status ?? "gone"}, version ${application?.versionId ?? 0}.`);
  write(`  stream      ${StreamName ?? ""}`);
  write(`  OpenSearch  ${OpenSearchEndpoint ?? ""}`);
  write(`  dashboard   ${DashboardUrl ?? ""}`);
}
