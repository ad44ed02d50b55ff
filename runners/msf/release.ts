/** The steps that deploy and update share: the jar and its bucket, starting, and printing addresses. */
import { setTimeout as sleep } from "node:timers/promises";
import { typed } from "../../src/options/command-line";
import { awaitStarted, findApplication, type Restore, settledApplication, startApplication } from "./application";
import { caller } from "./aws";
import { type Context, commandValues } from "./context";
import type { Deployed } from "./deployed";
import { lastStart, snapshots } from "./history";
import { type JarBucket, readJar } from "./jars";
import { failureSince } from "./log";
import { DEPLOYMENT } from "./options";
import { type PackagedJar, packageJar } from "./package";
import { awaitStack, createStack, findStack, type Stack } from "./stacks";
import { bucketTemplate } from "./template";
import type { Template } from "./template/document";
import { undoneOf, wanted } from "./undone";

/** Number of looks for a failure's reason: a line reaches CloudWatch some seconds after it was written. */
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
export async function ensureBucket(context: Context): Promise<JarBucket> {
  const { aws, say } = context;
  const name = bucketStackName(context.name);
  const stack = givenBucket(context) === undefined ? await findStack(aws, name) : undefined;
  const made = stack?.status.endsWith("_IN_PROGRESS") ? await awaitStack(aws, stack, say) : stack;
  const found = await findBucket(context, made);
  if (found !== undefined) return found;
  say("Making a bucket for jars …");
  const { outputs } = await createStack(aws, name, bucketTemplate(), say);
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

/** Starts the job; when it does not run, the error holds the reason. */
export async function start(context: Context, restore: Restore): Promise<void> {
  const { aws, name, say } = context;
  say(`Starting ${name}${restore === "nothing" ? "" : " from its snapshot"} (some minutes) …`);
  await startApplication(aws, name, restore, reasonSince(context, Date.now()));
}

/**
 * Continues a deployment that was interrupted, or did not start: waits for any change under way, and starts a job that
 * is stopped. Resolves with false when there was nothing to do.
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

/** The newest snapshot that no rollback has left behind, if there is any. */
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
