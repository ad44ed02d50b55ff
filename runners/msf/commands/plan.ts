import { existsSync } from "node:fs";
import { PRICES_OF } from "../../../src/io/bedrock/prices";
import { typed } from "../../../src/options/command-line";
import { SUMMARIES } from "../../../src/options/table";
import { findApplication } from "../application";
import { type Difference, differences } from "../template-changes";
import { type Context, commandValues } from "../context";
import { findDeployed, withRemembered } from "../deployed";
import { heldBy, refuseOtherStream, refuseRebuiltDomain } from "../data-holders";
import { findJar, type JarBucket, jarKey, readJar } from "../jars";
import { refuseExistingStream } from "../own-stream";
import { costLines, monthlyCosts } from "../prices";
import { bucketStackName, findBucket } from "../release";
import { resolveDeployment } from "../resolve";
import type { JarSettings } from "../settings";
import { DEPLOYMENT } from "../options";
import { findStack } from "../stacks";
import { whereTextMayGo } from "../models";
import { deploymentTemplate, jarOfTemplate } from "../template";
import type { Template } from "../template/document";

const SIGNS: Readonly<Record<Difference["kind"], string>> = { new: "+", changed: "~", removed: "-" };
/** Stands for names that are not known before their resources are made. */
const UNKNOWN = "not-known-yet";

/** Prints the actions of a deploy or update, and their costs. Only reads. */
export async function plan(given: Context): Promise<void> {
  const found = await findDeployed(given);
  const context = found === undefined ? given : withRemembered(given, found);
  const { aws, name, line, say, write } = context;
  const bucket = await findBucket(context, await findStack(aws, bucketStackName(name)));
  const jar = await plannedJar(context, bucket, found?.template);
  const deployment = await resolveDeployment(aws, line, name, jar, say);
  const template = deploymentTemplate(deployment);
  const { template: printsTemplate, sessionsPerDay } = commandValues(context);
  if (printsTemplate) {
    write(JSON.stringify(template, undefined, 2));
    return;
  }
  if (found !== undefined) {
    await refuseOtherStream(aws, found.template, deployment);
    refuseRebuiltDomain(found.template, template);
  } else if (deployment.stream.kind === "new") await refuseExistingStream(aws, deployment.stream.name);
  const changes = differences(found?.template, template);
  write(await summary(context, found !== undefined, changes));
  if (bucket === undefined) write("  + a bucket for jars (stack of its own)");
  for (const { kind, resource, type } of changes) {
    const lost = kind === "removed" && heldBy([type]).length > 0 ? ", with all that it holds" : "";
    write(`  ${SIGNS[kind]} ${resource} (${type})${lost}`);
  }
  write(`  jar ${jar.key}`);
  const { summary: summaryModel, embedding: embeddingModel } = deployment.models;
  const isChosen = typed(line, SUMMARIES).summaryModel !== undefined;
  write(`  ${whereTextMayGo(summaryModel, { region: aws.region, arns: deployment.modelArns, isChosen })}`);
  const { redactionKeyArn, webhookKeyArn } = deployment;
  if (redactionKeyArn !== undefined) {
    write(`  each worker has KMS unwrap the key of the pseudonyms once, by ${redactionKeyArn} and nothing else`);
  }
  if (webhookKeyArn !== undefined) {
    write(`  each worker has KMS unwrap the webhook's key once, by ${webhookKeyArn} and nothing else`);
  }
  write(`Costs a month in US dollars, roughly (list prices of ${PRICES_OF}; see runners/msf/prices.ts):`);
  const { keepSnapshots } = typed(line, DEPLOYMENT);
  const costs = monthlyCosts(deployment, { summaryModel, embeddingModel, sessionsPerDay });
  for (const cost of costLines(costs, keepSnapshots)) write(cost);
}

async function summary({ aws, name }: Context, isDeployed: boolean, changes: readonly Difference[]): Promise<string> {
  if (!isDeployed) return `deploy would make ${name} in ${aws.region}:`;
  const status = (await findApplication(aws, name))?.status ?? "gone";
  if (changes.length === 0) return `${name} is ${status}, and nothing would change.`;
  return `${name} is ${status}; update would stop it with a snapshot, change this, and start it again:`;
}

/** Plans with the jar that exists; an update without a jar of its own would keep the running one. */
async function plannedJar(
  context: Context,
  bucket: JarBucket | undefined,
  now: Template | undefined,
): Promise<JarSettings> {
  const place = { ...(bucket ?? { bucket: UNKNOWN, owner: UNKNOWN }), version: undefined };
  const { jar, output } = commandValues(context);
  const file = jar ?? (existsSync(output) ? output : undefined);
  if (file === undefined) {
    context.say("There is no jar yet: npm run msf -- package builds it, and so do deploy and update.");
    const deployed = now === undefined ? undefined : jarOfTemplate(now);
    return { ...place, ...(deployed ?? { key: UNKNOWN }) };
  }
  const packaged = await readJar(file);
  const key = jarKey(context.name, packaged);
  const found = bucket === undefined ? undefined : await findJar(context.aws, bucket, key, packaged);
  return found ?? { ...place, key };
}
