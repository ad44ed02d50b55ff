/** Resolves options to a deployment, and checks all that can be checked before anything changes. */
import { JobError } from "../../src/chat/errors";
import type { JobOptions } from "../../src/options";
import { type CommandLine, typed } from "../../src/options/command-line";
import { PROPERTY_TABLES, readProperties } from "../../src/options/properties";
import { flagName } from "../../src/options/spec";
import { SOURCE } from "../../src/options/table";
import { alertRulesJson } from "../../src/options/alert-settings";
import { publicLetterKey } from "../../src/chat/privacy/letter-key";
import type { WebhookKey } from "../../src/io/webhook/settings";
import { PSEUDONYMS, WEBHOOK, wrappedKey } from "../../src/chat/privacy/wrapped-key";
import type { PrivacySettings } from "../../src/chat/privacy/settings";
import { taxonomyJson } from "../../src/options/taxonomy";
import type { Aws } from "./aws";
import { refuseWithoutBoundary } from "./boundary";
import { modelArns } from "./models";
import { domainOf } from "./resolve-domain";
import { DEPLOYMENT } from "./options";
import { ownStream } from "./own-stream";
import type { Deployment, JarSettings, StreamSettings, VpcSettings } from "./settings";
import { vpcWarnings } from "./vpc";

const PROPERTY_KEYS: readonly string[] = Object.values(PROPERTY_TABLES).flatMap((table) => Object.keys(table));
const DEPLOYMENT_KEYS: readonly string[] = Object.keys(DEPLOYMENT);
/**
 * A tenth of what a group of properties takes, in pieces: 50 of 2,048 characters. The template has each text twice, of
 * the 1 MB that CloudFormation takes from S3.
 */
const MAX_TEXT_BYTES = 10_000;
/** Stands for the endpoint of a domain that is not made yet, where properties are checked. */
const FUTURE_ENDPOINT = "https://search.invalid";

/** Rejects with a `JobError` for the first impossible setting. Looks for stream and models, and changes nothing. */
export async function resolveDeployment(
  aws: Aws,
  line: CommandLine,
  name: string,
  jar: JarSettings,
  say: (line: string) => void,
): Promise<Deployment> {
  const values = typed(line, { ...DEPLOYMENT, ...SOURCE });
  const properties = propertiesOf(line);
  const job = readProperties({ "opensearch-endpoint": FUTURE_ENDPOINT, ...properties });
  refuseUnreachable(job);
  await refuseWithoutBoundary(aws);
  if (values.bucketOwner !== undefined && values.bucket === undefined) {
    throw new JobError("BAD_OPTION", "--bucket-owner is only of use with a bucket of your own: add --bucket.");
  }
  const stream: StreamSettings = values.ownStream
    ? await ownStream(aws, job.stream)
    : { kind: "new", name: job.stream, shards: values.streamShards };
  if (values.ownStream && values.streamShards !== undefined) {
    throw new JobError("BAD_OPTION", "--stream-shards is only of use with a new stream: leave it or --own-stream out.");
  }
  const vpc = vpcOf(values.subnets, values.securityGroups);
  refuseStrangeKey(values.kmsKey, values.region);
  const settings = job.pipelineSettings(job.endpoints, Date.now());
  const models = await Promise.all(
    [settings.summarise.model, settings.embed.model.id].map((model) => modelArns(aws, model, say)),
  );
  const domain = domainOf(line, properties["opensearch-endpoint"], vpc);
  for (const warning of await vpcWarnings(aws, line)) say(warning);
  return {
    name,
    runtime: values.runtime,
    jar,
    parallelism: values.parallelism,
    parallelismPerKpu: values.parallelismPerKpu,
    autoScaling: values.autoScaling,
    metricsLevel: values.metricsLevel,
    logLevel: values.flinkLogLevel,
    logRetentionDays: Number(values.logRetentionDays),
    stream,
    domain,
    index: job.index,
    deadLetterIndex: job.deadLetterIndex,
    models: { summary: settings.summarise.model, embedding: settings.embed.model.id },
    modelArns: [...new Set(models.flat())],
    eventBus: settings.alerts.eventBridge?.bus,
    redactionKeyArn: kmsKeyOf(settings.messages.privacy?.key),
    webhookKeyArn: kmsKeyOf(settings.alerts.webhook?.key),
    alarmTopicArn: values.alarmTopic,
    lagAlarmMs: values.lagAlarm,
    vpc,
    kmsKeyArn: values.kmsKey,
    properties,
    given: rememberedOf(line),
  };
}

/** The KMS key that unwraps this one. */
function kmsKeyOf(key: PrivacySettings["key"] | WebhookKey): string | undefined {
  return key !== undefined && "wrapped" in key ? key.keyArn : undefined;
}

/**
 * The user's options for the job, and those that the service makes necessary: addresses, and that requests are signed.
 */
function propertiesOf(line: CommandLine): Record<string, string> {
  const given = Object.entries(line.texts).flatMap(([key, text]) =>
    PROPERTY_KEYS.includes(key) ? [[flagName(key), portable(key, text)] as const] : [],
  );
  const { stream, region } = typed(line, SOURCE);
  return { auth: "sigv4", ...Object.fromEntries(given), stream, region };
}

/** The text of an option as it means the same anywhere: a file's content in place of its name. */
function portable(key: string, text: string): string {
  if (key === "letterKey") return publicLetterKey(text);
  if (key === "redactKeyWrapped") return wrappedKey(text, PSEUDONYMS);
  if (key === "alertWebhookKeyWrapped") return wrappedKey(text, WEBHOOK);
  if (key !== "taxonomy" && key !== "alertRules") return text;
  const json = key === "taxonomy" ? taxonomyJson(text) : alertRulesJson(text);
  const bytes = Buffer.byteLength(JSON.stringify(json));
  if (bytes <= MAX_TEXT_BYTES) return json;
  const cure = key === "taxonomy" ? "join labels, or shorten sentences" : "leave words out";
  throw new JobError(
    "BAD_OPTION",
    `--${flagName(key)} holds ${bytes} bytes, and a deployment takes ${MAX_TEXT_BYTES}: ${cure}.`,
  );
}

/** Refuses addresses of this machine, which mean nothing in AWS's network, where the job runs. */
function refuseUnreachable({ endpoints }: JobOptions): void {
  const local = Object.entries(endpoints).find(([, address]) =>
    /^https?:\/\/(?:127\.|localhost|0\.0\.0\.0|\[::1\])/.test(address as string),
  );
  if (local === undefined) return;
  throw new JobError("BAD_OPTION", `--${local[0]}-endpoint must be an address that AWS can reach, not ${local[1]}.`);
}

function vpcOf(
  subnetIds: readonly string[] | undefined,
  securityGroupIds: readonly string[] | undefined,
): VpcSettings | undefined {
  if (subnetIds === undefined && securityGroupIds === undefined) return undefined;
  if (subnetIds !== undefined && securityGroupIds !== undefined) return { subnetIds, securityGroupIds };
  throw new JobError("BAD_OPTION", "--subnets and --security-groups must be given together.");
}

/** Refuses keys of other regions, which services cannot use. */
function refuseStrangeKey(keyArn: string | undefined, region: string): void {
  const keyRegion = keyArn?.split(":")[3];
  if (keyRegion === undefined || keyRegion === region) return;
  throw new JobError("BAD_OPTION", `--kms-key is a key of ${keyRegion}: give one of ${region}.`);
}

function rememberedOf({ texts }: CommandLine): Record<string, string> {
  const kept = Object.entries(texts).filter(
    ([key]) => key !== "region" && (PROPERTY_KEYS.includes(key) || DEPLOYMENT_KEYS.includes(key)),
  );
  return Object.fromEntries(kept.map(([key, text]) => [key, portable(key, text)]));
}
