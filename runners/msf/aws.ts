/** The edge to AWS: the clients that a deployment needs, and what their errors mean to its user. */
import { BedrockClient } from "@aws-sdk/client-bedrock";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient } from "@aws-sdk/client-iam";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { KinesisAnalyticsV2Client } from "@aws-sdk/client-kinesis-analytics-v2";
import { S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";

export interface Aws {
  readonly region: string;
  readonly stacks: CloudFormationClient;
  readonly files: S3Client;
  readonly applications: KinesisAnalyticsV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly streams: KinesisClient;
  readonly models: BedrockClient;
  readonly identity: STSClient;
  readonly rights: IAMClient;
  /** Between two looks at what takes its time. */
  readonly pollMs: number;
}

const MAX_ATTEMPTS = 6;
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
    // By default it speaks HTTP/2, for streams of events that nobody asks for here, and which stand-ins do not know.
    streams: new KinesisClient({ ...settings, requestHandler: new NodeHttpHandler() }),
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

/** Whom the credentials belong to. */
export async function caller(aws: Aws): Promise<Caller> {
  const { Account = "", Arn = "" } = await call("asking who you are", () =>
    aws.identity.send(new GetCallerIdentityCommand({})),
  );
  return { account: Account, partition: Arn.split(":")[1] ?? "" };
}

const NO_CREDENTIALS = ["CredentialsProviderError", "TokenProviderError"];
const BAD_CREDENTIALS = [
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
];
const DENIED = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];
const QUOTA = ["LimitExceededException", "LimitExceeded", "TooManyBuckets"];
const BUSY = ["ConcurrentModificationException", "ResourceInUseException", "OperationInProgressException"];
const UNREACHABLE = ["ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "TimeoutError"];

/** An answer without a body, as to HEAD, has no error's name but this. */
const FORBIDDEN = 403;

/** Of the SDK's errors, and of Node's. */
export function errorName(error: unknown): string {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  return name === "Error" || name === undefined ? (code ?? "Error") : name;
}

/**
 * Makes a call. `doing` completes "AWS … while …". Rejects with a `JobError` of one sentence: NO_CREDENTIALS, ACCESS_DENIED,
 * SERVICE_UNREACHABLE or DEPLOYMENT; with the error itself when `handles` names it.
 */
export async function call<T>(doing: string, send: () => Promise<T>, handles: readonly string[] = []): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof BeamError || handles.includes(errorName(error))) throw error;
    throw refusal(doing, error);
  }
}

function refusal(doing: string, cause: unknown): JobError {
  const name = errorName(cause);
  const words = cause instanceof Error ? cause.message.replace(/\.?\s*$/, "") : "no reason";
  if (NO_CREDENTIALS.includes(name)) {
    return new JobError(
      "NO_CREDENTIALS",
      "No AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`.",
      { cause },
    );
  }
  if (BAD_CREDENTIALS.includes(name)) {
    return new JobError("NO_CREDENTIALS", `AWS does not take the credentials while ${doing} (${name}): renew them.`, {
      cause,
    });
  }
  const { $metadata } = cause as { readonly $metadata?: { readonly httpStatusCode?: number } };
  if (DENIED.includes(name) || $metadata?.httpStatusCode === FORBIDDEN) {
    const message = `The credentials lack a right while ${doing}: ${words}; runners/msf/deployer-policy.json has all that are needed.`;
    return new JobError("ACCESS_DENIED", message, { cause });
  }
  if (QUOTA.includes(name)) {
    const message = `A quota of the account is reached while ${doing}: ${words}; ask for more under "Service Quotas" in the AWS console.`;
    return new JobError("DEPLOYMENT", message, { cause });
  }
  if (BUSY.includes(name)) {
    const message = `Something else is changing it while ${doing}: ${words}; try again when that is done.`;
    return new JobError("DEPLOYMENT", message, { cause });
  }
  const { code } = cause as { readonly code?: string };
  if (UNREACHABLE.includes(name) || (code !== undefined && UNREACHABLE.includes(code))) {
    return new JobError(
      "SERVICE_UNREACHABLE",
      `AWS does not answer while ${doing} (${code ?? name}): check the region and the network.`,
      {
        cause,
      },
    );
  }
  return new JobError("DEPLOYMENT", `AWS refused while ${doing} (${name}): ${words}.`, { cause });
}
