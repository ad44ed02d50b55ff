/** Finds the rights that the code needs: the calls that it makes, and the action that AWS wants for each. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { graphOf } from "../../../scripts/test/reach";

export const ROOT = path.resolve(__dirname, "../../..");

/** SDK commands by the action that allows them; a command that is missing here fails the test that meets it. */
const ACTIONS: Readonly<Record<string, string | readonly string[]>> = {
  // Commands on the cluster.
  DescribeStreamCommand: "kinesis:DescribeStream",
  GetRecordsCommand: "kinesis:GetRecords",
  GetShardIteratorCommand: "kinesis:GetShardIterator",
  ListShardsCommand: "kinesis:ListShards",
  GetObjectCommand: "s3:GetObject",
  ListObjectsV2Command: "s3:ListBucket",
  ConverseCommand: "bedrock:InvokeModel",
  InvokeModelCommand: "bedrock:InvokeModel",
  DecryptCommand: "kms:Decrypt",
  DescribeEventBusCommand: "events:DescribeEventBus",
  PutEventsCommand: "events:PutEvents",
  // Commands of a deployment.
  // CloudFormation reads the template with the caller's rights, in the version that the request names.
  CreateStackCommand: ["cloudformation:CreateStack", "s3:GetObject", "s3:GetObjectVersion"],
  DeleteStackCommand: "cloudformation:DeleteStack",
  DescribeStackEventsCommand: "cloudformation:DescribeStackEvents",
  DescribeStacksCommand: "cloudformation:DescribeStacks",
  GetTemplateCommand: "cloudformation:GetTemplate",
  UpdateStackCommand: ["cloudformation:UpdateStack", "s3:GetObject", "s3:GetObjectVersion"],
  DescribeStreamSummaryCommand: "kinesis:DescribeStreamSummary",
  GetFoundationModelAvailabilityCommand: "bedrock:GetFoundationModelAvailability",
  GetFoundationModelCommand: "bedrock:GetFoundationModel",
  GetInferenceProfileCommand: "bedrock:GetInferenceProfile",
  FilterLogEventsCommand: "logs:FilterLogEvents",
  // Without the second right S3 refuses instead of saying that there is no such object.
  HeadObjectCommand: ["s3:GetObject", "s3:ListBucket"],
  PutObjectCommand: "s3:PutObject",
  ListObjectVersionsCommand: "s3:ListBucketVersions",
  // Deletes versions, which each request names, "null" in a bucket that has none.
  DeleteObjectsCommand: "s3:DeleteObjectVersion",
  GetPolicyCommand: "iam:GetPolicy",
  SimulatePrincipalPolicyCommand: "iam:SimulatePrincipalPolicy",
  GetMetricStatisticsCommand: "cloudwatch:GetMetricStatistics",
  DescribeRouteTablesCommand: "ec2:DescribeRouteTables",
  DescribeSubnetsCommand: "ec2:DescribeSubnets",
  DescribeVpcEndpointsCommand: "ec2:DescribeVpcEndpoints",
  ListServiceQuotasCommand: "servicequotas:ListServiceQuotas",
  DeleteApplicationSnapshotCommand: "kinesisanalytics:DeleteApplicationSnapshot",
  DescribeApplicationCommand: "kinesisanalytics:DescribeApplication",
  DescribeApplicationOperationCommand: "kinesisanalytics:DescribeApplicationOperation",
  DescribeApplicationVersionCommand: "kinesisanalytics:DescribeApplicationVersion",
  ListApplicationOperationsCommand: "kinesisanalytics:ListApplicationOperations",
  ListApplicationSnapshotsCommand: "kinesisanalytics:ListApplicationSnapshots",
  RollbackApplicationCommand: "kinesisanalytics:RollbackApplication",
  StartApplicationCommand: "kinesisanalytics:StartApplication",
  StopApplicationCommand: "kinesisanalytics:StopApplication",
};

/** Actions that need no right, and that no policy can forbid. */
export const ALWAYS_ALLOWED: readonly string[] = ["sts:GetCallerIdentity"];

const METHODS: Readonly<Record<string, string>> = {
  GET: "es:ESHttpGet",
  POST: "es:ESHttpPost",
  PUT: "es:ESHttpPut",
  DELETE: "es:ESHttpDelete",
};

/** Our own files in a program, as a bundler sees it. */
export function filesOfPrograms(entries: readonly string[]): readonly string[] {
  return Object.keys(graphOf(ROOT, entries)).filter((file) => file.startsWith("src/"));
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(folder, file));
}

/** The actions for all `new XCommand(…)` in these files. Throws for a command without an action. */
export function sdkActions(files: readonly string[]): ReadonlySet<string> {
  const commands = matches(files, /new (\w+Command)\(/g);
  return new Set(
    commands.flatMap((command) => {
      if (ALWAYS_ALLOWED.some((action) => command === `${action.split(":")[1]}Command`)) return [];
      const actions = ACTIONS[command];
      if (actions === undefined) throw new Error(`${command} has no action in test/support/aws/sdk-actions.ts`);
      return actions;
    }),
  );
}

/** The actions for all requests to OpenSearch in these files. */
export function searchActions(files: readonly string[]): ReadonlySet<string> {
  const methods = matches(files.filter(isOfOpenSearch), /method: "([A-Z]+)"/g);
  return new Set(methods.map((method) => METHODS[method] ?? method));
}

/** The paths of all requests to OpenSearch in these files, with the index's name in place of the expressions for it. */
export function searchPaths(files: readonly string[], index: string): readonly string[] {
  const paths = matches(files.filter(isOfOpenSearch), /path(?:: | = )["`](\/[^"`]*)["`]/g);
  return paths.map((found) =>
    found.replaceAll("${OWNER.application}", "beam-chat-sessions").replaceAll(/\$\{(?:\w+\.)?index\}/g, index),
  );
}

function isOfOpenSearch(file: string): boolean {
  return file.startsWith("src/io/opensearch/");
}

function matches(files: readonly string[], form: RegExp): string[] {
  return files.flatMap((file) =>
    [...readFileSync(path.join(ROOT, file), "utf8").matchAll(form)].map(([, found = ""]) => found),
  );
}
