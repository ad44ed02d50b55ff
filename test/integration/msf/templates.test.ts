/** Checks templates and rights of a deployment against AWS's publications about its resources. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { bucketTemplate, deploymentTemplate } from "../../../runners/msf/template";
import type { Template } from "../../../runners/msf/template/document";
import { roleStatements } from "../../../runners/msf/template/role";
import { DEPLOYMENTS } from "../../support/aws/deployments";
import { ACCOUNT, may, type RequestContext, together } from "../../support/aws/iam";
import { PYTHON_LIMIT_MS, pythonFor } from "../../support/aws/python";
import { registrySchemas, resourceRights, resourceTypes } from "../../support/aws/resource-rights";
import { filesBelow, ROOT, sdkActions } from "../../support/aws/sdk-actions";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const run = promisify(execFile);
/** The largest template that CloudFormation takes in a request … */
const MAX_BYTES_IN_REQUEST = 51_200;
/** … and from S3. */
const MAX_BYTES_IN_BUCKET = 1_000_000;
const LINT = "import sys; from cfnlint.runner import main; sys.exit(main())";

const POLICY = z.object({
  Version: z.literal("2012-10-17"),
  Statement: z.array(
    z.object({
      Sid: z.string(),
      Effect: z.literal("Allow"),
      Action: z.array(z.string()),
      Resource: z.union([z.string(), z.array(z.string())]),
      Condition: z.unknown().optional(),
    }),
  ),
});
/** IAM's limit for a managed policy, without white space. */
const MAX_POLICY_CHARACTERS = 6_144;

/** Actions that the registry lists for properties that no template here uses. */
const UNUSED: readonly (readonly [form: RegExp, reason: string])[] = [
  [/^kms:/, "no key of the customer's own, but with the policy for guards"],
  [
    /^s3tables:|MetadataTable|MetadataJournalTable|MetadataInventoryTable|MetadataAnnotationTable/,
    "no tables of metadata",
  ],
  [/^s3:(Put|Delete)(Bucket)?(Analytics|Inventory|Metrics|IntelligentTiering)\w*/, "no statistics of buckets"],
  [
    /^s3:(Put|Delete)Bucket(CORS|Cors|Website|Notification|Replication|Logging|Abac|Acl|ObjectLock\w*|Encryption|Lifecycle)$/,
    "no such feature of buckets, and none is taken away",
  ],
  [
    /^s3:(PutReplicationConfiguration|PutAccelerateConfiguration|PutObjectLockConfiguration|PutObjectAcl|GetBucketAcl)$/,
    "no such feature of buckets",
  ],
  [/^(s3:REST\.PUT\.OBJECT|firehose:\w+|logs:CreateLogDelivery)$/, "no deliveries of logs"],
  [
    /^logs:(Put|Delete)(DataProtectionPolicy|ResourcePolicy|IndexPolicy|RetentionPolicy)$/,
    "no such policies of logs, but with the policy for guards",
  ],
  [
    /^logs:(PutBearerTokenAuthentication|PutLogGroupDeletionProtection|AssociateKmsKey|DisassociateKmsKey)$/,
    "no such settings of logs",
  ],
  [
    /^kinesis:(Enable|Disable)EnhancedMonitoring$|^kinesis:Update(MaxRecordSize|StreamWarmThroughput|StreamRecordDistributionStrategy)$/,
    "no such settings of streams",
  ],
  [
    /^kinesis:(DecreaseStreamRetentionPeriod|IncreaseStreamRetentionPeriod|StopStreamEncryption)$/,
    "retention and encryption stay as they are",
  ],
  [
    /^iam:(Attach|Detach)RolePolicy$|RolePermissionsBoundary$|^iam:UpdateRole(Description)?$/,
    "policies are inline, and nothing else of roles changes",
  ],
  [/^kinesisanalytics:UpdateApplicationMaintenanceConfiguration$/, "the service chooses its own time"],
];
/**
 * Actions for a key of one's own and an audit log, which have a policy of their own, since most deployments have
 * neither.
 */
const GUARDING =
  /^kms:(CreateGrant|Decrypt|DescribeKey|GenerateDataKey|GenerateDataKeyWithoutPlaintext)$|^logs:((Associate|Disassociate)KmsKey|(Put|Delete)ResourcePolicy)$/;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const WITH_KEY: RequestContext = {
  "kms:ViaService": "kinesisanalytics.us-east-1.amazonaws.com",
  "kms:GrantIsForAWSResource": "true",
};
/** Needed, although UNUSED would leave them out. */
const USED = ["logs:PutRetentionPolicy", "s3:PutBucketPublicAccessBlock"];
/** Actions of types whose registry entry lists none. */
const UNLISTED: Readonly<Record<string, readonly string[]>> = {
  "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption": [
    "kinesisanalytics:AddApplicationCloudWatchLoggingOption",
    "kinesisanalytics:DeleteApplicationCloudWatchLoggingOption",
    "kinesisanalytics:DescribeApplication",
  ],
};
/** Actions under names of the registry that IAM does not know. */
const RENAMED: Readonly<Record<string, string>> = { "es:UpdateDomain": "es:UpdateDomainConfig" };

const ROLE_REQUEST: RequestContext = {
  "iam:PermissionsBoundary": `arn:aws:iam::${ACCOUNT}:policy/beam-chat-sessions-boundary`,
  "iam:PassedToService": "kinesisanalytics.amazonaws.com",
  "aws:TagKeys": ["application"],
};
const OF_A_STACK: RequestContext = { "aws:CalledVia": ["cloudformation.amazonaws.com"] };
const TAGGED: RequestContext = { "aws:RequestTag/application": "beam-chat-sessions" };
const HERE = `us-east-1:${ACCOUNT}`;

/** Requests of a deployment with defaults, by action. */
const REQUESTS: readonly (readonly [form: RegExp, resource: string, context?: RequestContext])[] = [
  [/^cloudformation:/, `arn:aws:cloudformation:${HERE}:stack/chat-sessions-jars/11111111-2222`],
  [/^kinesisanalytics:CreateApplication$/, "*", TAGGED],
  [/^kinesisanalytics:/, `arn:aws:kinesisanalytics:${HERE}:application/chat-sessions`],
  [/^kinesis:Update(ShardCount|StreamMode)$/, "*", OF_A_STACK],
  [/^kinesis:/, `arn:aws:kinesis:${HERE}:stream/chat`],
  [/^es:/, `arn:aws:es:${HERE}:domain/chat-sessions`],
  [/^cloudwatch:\w*Dashboards?$/, `arn:aws:cloudwatch::${ACCOUNT}:dashboard/chat-sessions`],
  [/^cloudwatch:GetMetricStatistics$|^ec2:|^servicequotas:/, "*"],
  [/^cloudwatch:/, `arn:aws:cloudwatch:${HERE}:alarm:chat-sessions-Lag`],
  [/^bedrock:GetFoundationModel$/, "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v1"],
  [/^bedrock:GetInferenceProfile$/, `arn:aws:bedrock:${HERE}:inference-profile/global.anthropic.claude`],
  [/^bedrock:/, "*"],
  [/^iam:GetPolicy$/, `arn:aws:iam::${ACCOUNT}:policy/beam-chat-sessions-boundary`],
  [/^iam:/, `arn:aws:iam::${ACCOUNT}:role/beam-chat-sessions/chat-sessions-Role-ABC`, ROLE_REQUEST],
  [/^logs:Describe(LogGroups|IndexPolicies|ResourcePolicies)$/, "*"],
  [
    /^logs:\w*LogStreams?$/,
    `arn:aws:logs:${HERE}:log-group:/aws/kinesis-analytics/chat-sessions:log-stream:application`,
  ],
  [/^logs:/, `arn:aws:logs:${HERE}:log-group:/aws/kinesis-analytics/chat-sessions`],
  [
    /^s3:\w+Object(Version)?$/,
    "arn:aws:s3:::jars/beam-chat-sessions/chat-sessions/0.jar",
    { "aws:ResourceAccount": ACCOUNT },
  ],
  [/^s3:/, "arn:aws:s3:::chat-sessions-jars-bucket-abc"],
];

function forDeploy(action: string): readonly [resource: string, context?: RequestContext] {
  const [, ...request] = REQUESTS.find(([form]) => form.test(action)) ?? assert.fail(`nobody knows ${action}`);
  return request;
}

/** A line for each finding. */
async function lintWith(python: string, files: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await run(
    python,
    ["-c", LINT, "--regions", "us-east-1", "--format", "parseable", ...files],
    {
      cwd: path.dirname(files[0]!),
    },
  ).catch((error: { stdout: string; stderr: string }) => error);
  assert.equal(stderr, "");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("the templates of a deployment", function () {
  this.timeout(PYTHON_LIMIT_MS);
  const templates: readonly (readonly [string, Template])[] = [
    ["the bucket", bucketTemplate()],
    ...Object.entries(DEPLOYMENTS).map(([name, deployment]) => [name, deploymentTemplate(deployment)] as const),
  ];
  let python = "";
  let folder = "";

  before(async function () {
    python = await pythonFor(this);
    folder = makeFolder("templates");
  });
  after(() => removeFolder(folder));

  for (const [name, template] of templates) {
    it(`are not too large: ${name}`, () => {
      // The bucket must be there before a template can be in it.
      const maxBytes = name === "the bucket" ? MAX_BYTES_IN_REQUEST : MAX_BYTES_IN_BUCKET;
      assert.ok(Buffer.byteLength(JSON.stringify(template)) <= maxBytes);
    });
  }

  it("pass cfn-lint without a word, which a wrong property does not", async () => {
    const [, right] = templates[1]!;
    const { Stream } = right.Resources;
    const wrong = { ...Stream!, Properties: { ...Stream!.Properties, RetentionPeriod: 24 } };
    const all = [
      ...templates.map(([, template]) => template),
      { ...right, Resources: { ...right.Resources, Stream: wrong } },
    ];
    const files = all.map((template, at) => {
      const file = path.join(folder, `template-${at}.json`);
      writeFileSync(file, JSON.stringify(template));
      return file;
    });
    const findings = await lintWith(python, files);
    assert.match(findings.pop() ?? "", /template-\d+\.json:.*'RetentionPeriod' was unexpected/);
    assert.deepEqual(findings, []);
  });

  const readPolicy = (file: string) =>
    POLICY.parse(JSON.parse(readFileSync(path.join(ROOT, "runners/msf", file), "utf8")));
  const deployerPolicy = () => readPolicy("deployer-policy.json");
  const guardPolicy = () => readPolicy("deployer-guard-policy.json");

  it("are made with rights on everything for exactly those actions that know no resources", () => {
    const typesOf = resourceTypes(registrySchemas(python));
    for (const { Sid, Action, Resource } of [...deployerPolicy().Statement, ...guardPolicy().Statement]) {
      for (const action of Action) {
        const types = typesOf(action);
        // Naming a resource does no harm for an action that is listed nowhere.
        assert.equal(Resource === "*", types?.length === 0, `${Sid}: ${action}`);
        assert.ok(types !== undefined || action in RENAMED, `AWS knows no ${action}`);
      }
    }
  });

  it("give the job rights on everything for nothing but what knows no resources", () => {
    const typesOf = resourceTypes(registrySchemas(python));
    const statements = Object.values(DEPLOYMENTS).flatMap((deployment) => roleStatements(deployment));
    for (const { Action, Resource } of statements) {
      for (const action of Action) assert.equal(Resource === "*", action.startsWith("ec2:Describe"), action);
      if (Resource === "*")
        assert.deepEqual(new Set(Action.flatMap((action) => typesOf(action) ?? [action])), new Set());
    }
  });

  it("need exactly the rights of runners/msf/deployer-policy.json, with the commands", async () => {
    const types = new Set(templates.flatMap(([, { Resources }]) => Object.values(Resources).map(({ Type }) => Type)));
    const schemas = registrySchemas(python);
    const ofResources = [...types].flatMap((type) => [
      ...(resourceRights(schemas, type) ?? UNLISTED[type] ?? [`? ${type}`]),
    ]);
    const used = ofResources.filter((action) => USED.includes(action) || !UNUSED.some(([form]) => form.test(action)));
    const renamed = used.flatMap((action) => RENAMED[action] ?? []);
    // The commands' doctor reads quotas as the other one does.
    const programs = ["runners/msf.ts", "src/cli/doctor/quotas.ts", ...filesBelow("runners/msf")];
    const needed = new Set([...used, ...renamed, ...sdkActions(programs)]);
    const policy = deployerPolicy();
    const allowed = policy.Statement.flatMap(({ Action }) => Action);
    assert.deepEqual(allowed.toSorted(), [...needed].sort());
    assert.ok(JSON.stringify(policy).length <= MAX_POLICY_CHARACTERS);
    for (const action of needed) {
      if (RENAMED[action] !== undefined) continue;
      const [resource, context = {}] = forDeploy(action);
      assert.ok(await may({ policy }, action, resource, context), `${action} on ${resource}`);
    }
    const guard = guardPolicy();
    const more = guard.Statement.flatMap(({ Action }) => Action).filter((action) => !allowed.includes(action));
    const guarding = new Set(ofResources.filter((action) => GUARDING.test(action)));
    assert.deepEqual(more.toSorted(), [...guarding].sort());
    const auditGroup = `arn:aws:logs:${HERE}:log-group:/aws/opensearch/chat-sessions/audit`;
    for (const action of guard.Statement.flatMap(({ Action }) => Action)) {
      const resource = /ResourcePolicy$/.test(action) ? "*" : action.startsWith("kms:") ? KEY : auditGroup;
      assert.ok(await may({ policy: together(policy, guard) }, action, resource, WITH_KEY), `${action} on ${resource}`);
    }
    const ofGroups = [...needed].filter((action) => action.startsWith("logs:") && forDeploy(action)[0] !== "*");
    for (const action of ofGroups.filter((each) => !/LogStreams?$|FilterLogEvents$/.test(each))) {
      assert.ok(await may({ policy: together(policy, guard) }, action, auditGroup), `${action} on ${auditGroup}`);
    }
    for (const [form, reason] of UNUSED) {
      assert.ok(
        ofResources.some((action) => form.test(action)),
        `nobody asks for what has "${reason}"`,
      );
    }
  });
});
