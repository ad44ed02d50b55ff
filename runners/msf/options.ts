/** The options of `npm run msf`: its own, and the job's, which become runtime properties. */
import { choice, count, duration, type Kind, onOff, pattern, text } from "../../src/options/kinds";
import { PROPERTY_TABLES } from "../../src/options/properties";
import { flagName, option, optional, type OptionSpec } from "../../src/options/spec";

/** Puts MSF into the names of variables, because names such as `CHAT_SESSIONS_NAME` would suit any command. */
function own<Table extends Record<string, OptionSpec>>(table: Table): Table {
  const named = Object.entries(table).map(([key, spec]) => {
    const environment = `CHAT_SESSIONS_MSF_${flagName(key).replaceAll("-", "_").toUpperCase()}`;
    return [key, { ...spec, environment }] as const;
  });
  return Object.fromEntries(named) as Table;
}

/** Texts of one form, with commas between them. */
function list(placeholder: string, form: RegExp, mustBe: string): Kind<readonly string[]> {
  return {
    placeholder,
    range: "with commas between",
    parse(given) {
      const parts = given.split(",").map((part) => part.trim());
      return parts.every((part) => form.test(part)) ? { value: parts } : { mustBe };
    },
  };
}

const PRINCIPAL = /^arn:aws[\w-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/;
const PRINCIPALS = list("arns", PRINCIPAL, "ARNs of IAM roles or users");
/** Retentions that CloudWatch Logs takes. */
const RETENTIONS_DAYS = ["1", "3", "5", "7", "14", "30", "60", "90", "180", "365"] as const;

/** The options of a deployment, which its stack remembers. */
export const DEPLOYMENT = own({
  runtime: option(choice(["FLINK-1_19", "FLINK-1_20"]), "FLINK-1_20", "Version of Flink on the service"),
  // Flink has 128 key groups for a start with few tasks; more tasks than key groups could not take over its snapshot.
  parallelism: option(count(1, 128), "2", "Tasks of each stage"),
  parallelismPerKpu: option(
    count(1, 8),
    "1",
    "Tasks on one KPU (1 processor, 4 GB); more of them when they mostly wait for Bedrock",
  ),
  autoScaling: option(onOff, "false", "Let the service change the parallelism with the load"),
  metricsLevel: option(
    choice(["APPLICATION", "TASK", "OPERATOR", "PARALLELISM"]),
    "APPLICATION",
    "How finely CloudWatch sees metrics; each finer level costs more",
  ),
  flinkLogLevel: option(choice(["DEBUG", "INFO", "WARN", "ERROR"]), "INFO", "Least severe line of Flink's log"),
  logRetentionDays: option(choice(RETENTIONS_DAYS), "30", "Days for which the log is kept"),
  ownStream: option(onOff, "false", "The stream of --stream exists; without this, one of that name is made"),
  streamShards: optional(count(1, 500), "Shards of a new stream", { otherwise: "as many as its load needs" }),
  domain: optional(
    pattern("name", /^[a-z][a-z0-9-]{2,27}$/, "a name of an OpenSearch domain"),
    "Domain of --opensearch-endpoint",
    {
      otherwise: "read out of the endpoint; without --opensearch-endpoint, a domain is made",
    },
  ),
  domainInstance: option(
    pattern("type", /^[a-z0-9]+\.[a-z0-9]+\.search$/, "a type such as r7g.large.search"),
    "t3.medium.search",
    "Machine of a new domain",
  ),
  domainInstances: option(count(1, 30), "1", "Machines of a new domain; three survive the loss of one"),
  domainVolumeGib: option(count(10, 3_000), "20", "Disk of each of them, in GiB"),
  searchers: optional(PRINCIPALS, "Who may search in a new domain", {
    otherwise: "whoever the account's own policies allow to",
  }),
  operators: optional(PRINCIPALS, "Who may see and redrive dead letters in a new domain, and search", {
    otherwise: "whoever the account's own policies allow to",
  }),
  masterUser: optional(
    pattern("arn", PRINCIPAL, "the ARN of an IAM role or user"),
    "Who gives out rights inside a new domain: turns fine-grained access control on",
    { otherwise: "paths alone decide who may do what" },
  ),
  auditLogs: option(onOff, "false", "Log who reads and changes what in a new domain; needs --master-user"),
  domainInVpc: option(onOff, "false", "Put a new domain into the VPC of --subnets, out of everybody else's reach"),
  kmsKey: optional(
    pattern("arn", /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/, "the ARN of a KMS key"),
    "Key of your own for a new stream and a new domain, the job's state, and logs",
    { otherwise: "AWS's own keys" },
  ),
  bucket: optional(
    pattern("name", /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of an S3 bucket"),
    "Bucket for the jars",
    { otherwise: "one is made" },
  ),
  bucketOwner: optional(
    pattern("account", /^\d{12}$/, "the 12 digits of an AWS account"),
    "Account that the bucket of --bucket belongs to",
    { otherwise: "the account that is deployed to" },
  ),
  alarmTopic: optional(
    pattern("arn", /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/, "the ARN of an SNS topic"),
    "Topic that alarms go to",
    {
      otherwise: "alarms are seen on the console",
    },
  ),
  keepSnapshots: option(
    count(1, 500),
    "20",
    "Snapshots that are kept, the newest ones; a rollback needs that of its version",
  ),
  lagAlarm: option(duration("10s", "1d"), "5m", "An alarm goes off when the job is this far behind the stream"),
  subnets: optional(list("ids", /^subnet-[0-9a-f]+$/, "ids such as subnet-0a1b2c3d"), "Subnets of a VPC to run in", {
    otherwise: "no VPC",
  }),
  securityGroups: optional(list("ids", /^sg-[0-9a-f]+$/, "ids such as sg-0a1b2c3d"), "Its security groups"),
});

/** Options of a single command, which nothing remembers. */
export const COMMAND = own({
  name: option(
    pattern("name", /^[a-z][a-z0-9-]{2,39}$/, "3 to 40 lower-case letters, digits and '-', a letter first"),
    "chat-sessions",
    "Name of the application and its stack",
  ),
  jar: optional(text("file"), "Jar to deploy", {
    otherwise: "built from this checkout",
  }),
  output: option(text("file"), ".local/msf/chat-sessions.jar", "package: where the jar goes"),
  sessionsPerDay: option(count(0, 100_000_000), "1000", "plan: sessions a day that the costs are for"),
  since: option(duration("1s", "365d"), "1h", "logs: how far back"),
  follow: option(onOff, "false", "logs: go on with new lines until Ctrl-C"),
  template: option(onOff, "false", "plan: print the CloudFormation template and nothing else"),
  force: option(onOff, "false", "stop, update: also when no snapshot can be made"),
  withoutSnapshot: option(
    onOff,
    "false",
    "deploy, update: start without a snapshot, at --start-position or --start-time",
  ),
  unset: optional(
    list("names", /^[a-z][a-z-]*$/, "names of options such as session-gap,alarm-topic"),
    "plan, update: options that were given before, and that go back to their defaults",
  ),
  report: optional(
    text("file"),
    "doctor: write a report for a maintainer: no chat text, no account numbers, no addresses",
  ),
  yes: option(onOff, "false", "destroy, update: do not ask before data is removed"),
});

export const MSF_TABLES = {
  Command: COMMAND,
  Deployment: DEPLOYMENT,
  ...PROPERTY_TABLES,
} as const;
