import { type KeyUse, PSEUDONYMS, WEBHOOK } from "../../../src/chat/privacy/wrapped-key";
import type { Deployment, VpcSettings } from "../settings";
import { JOB_ACTIONS, jobPaths } from "./domain-access";
import { LOG_STREAM, logGroupName } from "./log-names";
import { arn, policy, ref, type Resources, type Statement, sub, TAGS } from "./document";
import { streamArn } from "./stream";

/** The actions of src/io/kinesis. */
const KINESIS_ACTIONS = [
  "kinesis:DescribeStream",
  "kinesis:GetRecords",
  "kinesis:GetShardIterator",
  "kinesis:ListShards",
] as const;
/** The action behind both Converse and InvokeModel. */
const BEDROCK_ACTIONS = ["bedrock:InvokeModel"] as const;

/** The actions of src/io/eventbridge. */
const EVENT_ACTIONS = ["events:DescribeEventBus", "events:PutEvents"] as const;

/** The action of src/io/kms. */
const KMS_ACTIONS = ["kms:Decrypt"] as const;
/** The purpose of a wrapped key in the conditions of policies. */
export const PURPOSE_KEY = "kms:EncryptionContext:purpose";

/** A path of its own: the deployer makes roles there and nowhere else, and none without the boundary. */
const ROLE_PATH = "/beam-chat-sessions/";
/**
 * The managed policy that an administrator makes of runners/msf/job-boundary.json; it bounds every role of the path.
 */
export const BOUNDARY_POLICY = "beam-chat-sessions-boundary";

/** Actions by which the service fetches the jar; a named version needs the second. */
const JAR_ACTIONS = ["s3:GetObject", "s3:GetObjectVersion"] as const;

/** Makes the job's role on the cluster, which allows each action on exactly the resource that needs it. */
export function roleResources(deployment: Deployment): Resources {
  return {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: policy([
          {
            Sid: "Service",
            Effect: "Allow",
            Principal: { Service: "kinesisanalytics.amazonaws.com" },
            Action: ["sts:AssumeRole"],
            // Prevents a confused deputy: only this application of this account may take the role.
            Condition: {
              StringEquals: { "aws:SourceAccount": ref("AWS::AccountId") },
              ArnEquals: { "aws:SourceArn": arn("kinesisanalytics", `application/${deployment.name}`) },
            },
          },
        ]),
        Path: ROLE_PATH,
        PermissionsBoundary: sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/${BOUNDARY_POLICY}`),
        Policies: [{ PolicyName: "job", PolicyDocument: policy(roleStatements(deployment)) }],
        Tags: TAGS,
      },
    },
  };
}

export function roleStatements(deployment: Deployment): readonly Statement[] {
  const { name, stream, domain, index, deadLetterIndex, jar, modelArns, vpc, kmsKeyArn, eventBus } = deployment;
  const { redactionKeyArn, webhookKeyArn } = deployment;
  const streamKey = stream.kind === "own" ? stream.keyArn : kmsKeyArn;
  const group = `log-group:${logGroupName(name)}`;
  return [
    { Sid: "ReadStream", Effect: "Allow", Action: KINESIS_ACTIONS, Resource: streamArn(stream) },
    ...(streamKey !== undefined ? [decryptStatement(streamKey)] : []),
    allow(
      "CallModels",
      BEDROCK_ACTIONS,
      modelArns.map((model) => (model.includes("${") ? sub(model) : model)),
    ),
    allow("WriteIndexes", JOB_ACTIONS, jobPaths(name, domain, index, deadLetterIndex)),
    ...(eventBus === undefined ? [] : [allow("TellAlerts", EVENT_ACTIONS, busArn(eventBus))]),
    ...(redactionKeyArn === undefined ? [] : [unwrapStatement("UnwrapRedactionKey", redactionKeyArn, PSEUDONYMS)]),
    ...(webhookKeyArn === undefined ? [] : [unwrapStatement("UnwrapWebhookKey", webhookKeyArn, WEBHOOK)]),
    {
      ...allow("FetchJar", JAR_ACTIONS, sub(`arn:\${AWS::Partition}:s3:::${jar.bucket}/${jarPrefix(name)}*`)),
      // A bucket of that name may belong to another account by now; the jar is not from there.
      Condition: { StringEquals: { "aws:ResourceAccount": jar.owner } },
    },
    allow("WriteLog", ["logs:PutLogEvents"], arn("logs", `${group}:log-stream:${LOG_STREAM}`)),
    allow("FindLog", ["logs:DescribeLogStreams"], arn("logs", `${group}:log-stream:*`)),
    // The service asks for these without a resource, and the actions know no narrower one.
    allow("FindLogGroups", ["logs:DescribeLogGroups"], arn("logs", "log-group:*")),
    ...(vpc === undefined ? [] : vpcStatements(vpc)),
  ];
}

/** Allows the stream's key for its records and nothing else. */
function decryptStatement(keyArn: string): Statement {
  const service = sub("kinesis.${AWS::Region}.${AWS::URLSuffix}");
  return {
    ...allow("DecryptStream", ["kms:Decrypt"], keyArn),
    Condition: { StringEquals: { "kms:ViaService": service } },
  };
}

/** Allows to unwrap what was wrapped for this purpose, and nothing else that the key has encrypted. */
function unwrapStatement(sid: string, keyArn: string, { purpose }: KeyUse): Statement {
  return {
    ...allow(sid, KMS_ACTIONS, keyArn),
    Condition: { StringEquals: { [PURPOSE_KEY]: purpose } },
  };
}

function busArn(nameOrArn: string): unknown {
  return nameOrArn.startsWith("arn:") ? nameOrArn : arn("events", `event-bus/${nameOrArn}`);
}

/** The beginning of the keys of all files of a deployment in its bucket: its jars and its template. */
export function jarPrefix(name: string): string {
  return `beam-chat-sessions/${name}/`;
}

function allow(Sid: string, Action: readonly string[], Resource: unknown): Statement {
  return { Sid, Effect: "Allow", Action, Resource };
}

/**
 * The rights that the service needs to reach a VPC ("VPC application permissions", developer guide): interfaces in
 * these subnets, with these security groups. Before an interface is made, only its kind is known.
 */
function vpcStatements({ subnetIds, securityGroupIds }: VpcSettings): Statement[] {
  const interfaces = arn("ec2", "network-interface/*");
  // Another account may own them, and share them with this one.
  const shared = (resource: string) => sub(`arn:\${AWS::Partition}:ec2:\${AWS::Region}:*:${resource}`);
  const subnets = subnetIds.map((id) => shared(`subnet/${id}`));
  const groups = securityGroupIds.map((id) => shared(`security-group/${id}`));
  return [
    allow(
      "DescribeVpc",
      [
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
      ],
      // EC2's Describe actions know no resources.
      "*",
    ),
    allow("CreateInterfaces", ["ec2:CreateNetworkInterface"], [interfaces, ...subnets, ...groups]),
    allow("UseInterfaces", ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"], interfaces),
  ];
}
