/** What deploy and update have in common: the jar and its bucket, starting, and saying where things are. */
import { setTimeout as sleep } from "node:timers/promises";
import { findApplication, type Restore, snapshots, startApplication } from "./application";
import { type Context, commandValues } from "./context";
import { readJar, uploadJar } from "./jars";
import { failureSince } from "./log";
import { type PackagedJar, packageJar } from "./package";
import { createStack, findStack, type Stack } from "./stacks";
import { bucketTemplate } from "./template";

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
  const bucket = found?.outputs["BucketName"];
  if (bucket !== undefined) return bucket;
  context.say("Making a bucket for jars …");
  const stack = await createStack(context.aws, name, bucketTemplate(), context.say);
  return stack.outputs["BucketName"] ?? "";
}

export async function ensureJar(context: Context, bucket: string, key: string, jar: PackagedJar): Promise<void> {
  await uploadJar(context.aws, bucket, key, jar, context.say);
}

/** Starts the job; when it does not run, the reason is in the error. */
export async function start({ aws, name, say }: Context, restore: Restore): Promise<void> {
  say(`Starting ${name}${restore === "nothing" ? "" : " from its snapshot"} (some minutes) …`);
  const startedMs = Date.now();
  await startApplication(aws, name, restore, async () => {
    for (let look = 1; look <= LOOKS_FOR_REASON; look++) {
      const reason = await failureSince(aws, name, startedMs);
      if (reason !== undefined) return reason;
      await sleep(aws.pollMs);
    }
    return undefined;
  });
}

/** From the newest snapshot, if there is any. */
export async function newest({ aws, name }: Context): Promise<Restore> {
  return (await snapshots(aws, name)).length > 0 ? "latest" : "nothing";
}

export async function sayWhere({ aws, name, write }: Context, stack: Stack): Promise<void> {
  const application = await findApplication(aws, name);
  const { StreamName, OpenSearchEndpoint, DashboardUrl } = (await findStack(aws, name))?.outputs ?? stack.outputs;
  write(`${name} is ${application?.status ?? "gone"}, version ${application?.versionId ?? 0}.`);
  write(`  stream      ${StreamName ?? ""}`);
  write(`  OpenSearch  ${OpenSearchEndpoint ?? ""}`);
  write(`  dashboard   ${DashboardUrl ?? ""}`);
}
