import { existsSync } from "node:fs";
import { typed } from "../../../src/options/command-line";
import { EMBEDDINGS, SUMMARIES } from "../../../src/options/table";
import { findApplication } from "../application";
import { type Difference, differences } from "../compare";
import { type Context, commandValues } from "../context";
import { findDeployed, withRemembered } from "../deployed";
import { heldBy, refuseOtherStream } from "../holding";
import { jarKey, readJar } from "../jars";
import { DEPLOYMENT } from "../options";
import { refuseExistingStream } from "../own-stream";
import { costLines, monthlyCosts, PRICES_OF } from "../prices";
import { bucketStackName } from "../release";
import { resolveDeployment } from "../resolve";
import { findStack } from "../stacks";
import { deploymentTemplate } from "../template";
import type { Template } from "../template/document";

const SIGNS: Readonly<Record<Difference["kind"], string>> = { new: "+", changed: "~", removed: "-" };
/** Stands for names that are not known before something is made. */
const UNKNOWN = "not-known-yet";

/** What deploy or update would do, and what it costs. Only reads. */
export async function plan(given: Context): Promise<void> {
  const found = await findDeployed(given);
  const context = found === undefined ? given : withRemembered(given, found);
  const { aws, name, line, say, write } = context;
  const key = await plannedKey(context, found?.template);
  const bucket = await plannedBucket(context);
  const deployment = await resolveDeployment(aws, line, name, { bucket: bucket ?? UNKNOWN, key }, say);
  const template = deploymentTemplate(deployment);
  const { template: printsTemplate, sessionsPerDay } = commandValues(context);
  if (printsTemplate) {
    write(JSON.stringify(template, undefined, 2));
    return;
  }
  if (found !== undefined) await refuseOtherStream(aws, found.template, deployment);
  else if (deployment.stream.kind === "new") await refuseExistingStream(aws, deployment.stream.name);
  const changes = differences(found?.template, template);
  write(await summary(context, found !== undefined, changes));
  if (bucket === undefined) write("  + a bucket for jars (stack of its own)");
  for (const { kind, resource, type } of changes) {
    const lost = kind === "removed" && heldBy([type]).length > 0 ? ", with all that it holds" : "";
    write(`  ${SIGNS[kind]} ${resource} (${type})${lost}`);
  }
  write(`  jar ${key}`);
  write(`Costs a month in US dollars, roughly (list prices of ${PRICES_OF}; see runners/msf/prices.ts):`);
  const { summaryModel, embeddingModel } = typed(line, { ...SUMMARIES, ...EMBEDDINGS });
  for (const cost of costLines(monthlyCosts(deployment, { summaryModel, embeddingModel, sessionsPerDay }))) write(cost);
}

async function summary({ aws, name }: Context, isDeployed: boolean, changes: readonly Difference[]): Promise<string> {
  if (!isDeployed) return `deploy would make ${name} in ${aws.region}:`;
  const status = (await findApplication(aws, name))?.status ?? "gone";
  if (changes.length === 0) return `${name} is ${status}, and nothing would change.`;
  return `${name} is ${status}; update would stop it with a snapshot, change this, and start it again:`;
}

/** Of the jar that is there; an update without a jar of its own would keep what runs. */
async function plannedKey(context: Context, now: Template | undefined): Promise<string> {
  const { jar, output } = commandValues(context);
  const file = jar ?? (existsSync(output) ? output : undefined);
  if (file !== undefined) return jarKey(context.name, await readJar(file));
  context.say("There is no jar yet: npm run msf -- package builds it, and so do deploy and update.");
  const configuration = JSON.stringify(now?.Resources["Application"] ?? {});
  return /"FileKey":"([^"]+)"/.exec(configuration)?.[1] ?? UNKNOWN;
}

async function plannedBucket({ aws, name, line }: Context): Promise<string | undefined> {
  const given = typed(line, DEPLOYMENT).bucket;
  return given ?? (await findStack(aws, bucketStackName(name)))?.outputs["BucketName"];
}
