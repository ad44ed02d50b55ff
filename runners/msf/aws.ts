/** The edge to AWS: the clients that a deployment needs, and the meaning of their errors for its user. */
import { BedrockClient } from "@aws-sdk/client-bedrock";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { KinesisAnalyticsV2Client } from "@aws-sdk/client-kinesis-analytics-v2";
import { S3Client } from "@aws-sdk/client-s3";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { BeamError } from "../../src/beam/error";
import { type FatalCode, JobError } from "../../src/chat/errors";
import { connectionSettings } from "../../src/io/aws/client-settings";
import { clockAdvice } from "../../src/io/aws/clock";
import { credentialsAdvice } from "../../src/io/aws/credentials";
import { failureOf } from "../../src/io/aws/failure";
import { type AwsFailureKind, kindOf } from "../../src/io/aws/kind";

export interface Aws {
  readonly region: string;
  readonly stacks: CloudFormationClient;
  readonly files: S3Client;
  readonly applications: KinesisAnalyticsV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly metrics: CloudWatchClient;
  readonly network: EC2Client;
  readonly quotas: ServiceQuotasClient;
  readonly streams: KinesisClient;
  readonly models: BedrockClient;
  readonly identity: STSClient;
  readonly rights: IAMClient;
  /** Pause between two looks at a change that takes its time. */
  readonly pollMs: number;
}

const MAX_ATTEMPTS = 6;
/** One command makes one call after the other, or a few at once. */
const MAX_SOCKETS = 8;
const POLL_MS = 5_000;

/** Credentials and endpoints come from the SDK's own settings. Throttled and failing calls are repeated by the SDK. */
export function awsClients(region: string, pollMs: number = POLL_MS): Aws {
  const settings = { region, maxAttempts: MAX_ATTEMPTS, retryMode: "adaptive" };
  return {
    region,
    stacks: new CloudFormationClient(settings),
    files: new S3Client(settings),
    applications: new KinesisAnalyticsV2Client(settings),
    logs: new CloudWatchLogsClient(settings),
    metrics: new CloudWatchClient(settings),
    network: new EC2Client(settings),
    quotas: new ServiceQuotasClient(settings),
    // Its default is HTTP/2, for streams of events, which nothing here reads and stand-ins do not know.
    streams: new KinesisClient({ ...settings, requestHandler: new NodeHttpHandler(connectionSettings(MAX_SOCKETS)) }),
    models: new BedrockClient(settings),
    identity: new STSClient(settings),
    rights: new IAMClient(settings),
    pollMs,
  };
}

export interface Caller {
  /** Twelve digits. */
  readonly account: string;
  /** `aws`, or that of China or of a government. */
  readonly partition: string;
}

/** The account that the credentials belong to. */
export async function caller(aws: Aws): Promise<Caller> {
  const { Account = "", Arn = "" } = await call("asking who you are", () =>
    aws.identity.send(new GetCallerIdentityCommand({})),
  );
  return { account: Account, partition: Arn.split(":")[1] ?? "" };
}

/**
 * Makes a call. `doing` completes "AWS … while …". Rejects with a `JobError` of one sentence: NO_CREDENTIALS,
 * ACCESS_DENIED, SERVICE_UNREACHABLE or DEPLOYMENT; with the error itself when `handles` names it.
 */
export async function call<T>(doing: string, send: () => Promise<T>, handles: readonly string[] = []): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof BeamError || handles.includes(failureOf(error).name)) throw error;
    throw refusal(doing, error);
  }
}

/** The `JobError` of a call that AWS refused, for callers of `call` that handle only some refusals of a name. */
export function refusal(doing: string, cause: unknown): JobError {
  const failure = failureOf(cause);
  const words = withoutSnapshotAdvice(failure.message).replace(/\.?\s*$/, "") || "no reason";
  const named = failure.name === "Error" ? (failure.networkCode ?? "Error") : failure.name;
  const [code, sentence] = refusalOf(kindOf(failure), doing, named, words, failure.networkCode ?? named);
  return new JobError(code, sentence, { cause });
}

function refusalOf(
  kind: AwsFailureKind,
  doing: string,
  name: string,
  words: string,
  network: string,
): readonly [code: FatalCode, sentence: string] {
  switch (kind) {
    case "credentialsMissing":
      return ["NO_CREDENTIALS", credentialsAdvice(kind, undefined, name)];
    case "clockOff":
      return ["NO_CREDENTIALS", clockAdvice("AWS", name, undefined)];
    case "credentialsExpired":
    case "credentialsRefused":
      return ["NO_CREDENTIALS", `AWS does not take the credentials while ${doing} (${name}): renew them.`];
    case "denied":
      return [
        "ACCESS_DENIED",
        `The credentials lack a right while ${doing}: ${words}; runners/msf/deployer-policy.json has all that are needed.`,
      ];
    case "quota":
      return [
        "DEPLOYMENT",
        `A quota of the account is reached while ${doing}: ${words}; ask for more under "Service Quotas" in the AWS console.`,
      ];
    case "conflict":
      return ["DEPLOYMENT", `Something else is changing it while ${doing}: ${words}; try again when that is done.`];
    case "network":
    case "timedOut":
      return [
        "SERVICE_UNREACHABLE",
        `AWS does not answer while ${doing} (${network}): check the region and the network.`,
      ];
    case "throttled":
    case "unavailable":
    case "notFound":
    case "invalid":
    case "unknown":
      return ["DEPLOYMENT", `AWS refused while ${doing} (${name}): ${words}.`];
  }
}

/**
 * AWS's words without the advice to disable snapshots, which it gives when one cannot be made: without them the next
 * update would lose the open sessions.
 */
export function withoutSnapshotAdvice(words: string): string {
  const sentences = words.split(/(?<=\.)\s+/);
  return sentences.filter((sentence) => !/disabl\w+ (?:the )?snapshot|SnapshotConfiguration/i.test(sentence)).join(" ");
}
