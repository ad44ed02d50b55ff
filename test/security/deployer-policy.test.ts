/**
 * A deployer must not be able to become an administrator: attacks on runners/msf/deployer-policy.json and
 * job-boundary.json.
 */
import assert from "node:assert/strict";
import type { Statement } from "../../runners/msf/template/document";
import { roleResources, roleStatements } from "../../runners/msf/template/role";
import { DEPLOYMENTS, PLAIN } from "../support/aws/deployments";
import { ACCOUNT, filledIn, may, policyFile, type RequestContext, together } from "../support/aws/iam";

/** Has both of his policies, which must not give together anything that neither gives alone. */
const DEPLOYER = {
  policy: together(policyFile("deployer-policy.json"), policyFile("deployer-guard-policy.json")),
};
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`;
const BY_DOMAIN = { "kms:ViaService": "es.us-east-1.amazonaws.com" };
const PURPOSES: Readonly<Record<string, RequestContext>> = {
  UnwrapRedactionKey: { "kms:EncryptionContext:purpose": "beam-chat-sessions-redaction" },
  UnwrapWebhookKey: { "kms:EncryptionContext:purpose": "beam-chat-sessions-webhook" },
};
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/beam-chat-sessions-boundary`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/beam-chat-sessions/chat-sessions-Role-ABC`;
/** Roles without a boundary, some of them with a name like the job's. */
const OTHER_ROLES = [
  `arn:aws:iam::${ACCOUNT}:role/Administrator`,
  `arn:aws:iam::${ACCOUNT}:role/chat-sessions-Role-ABC`,
  `arn:aws:iam::${ACCOUNT}:role/chat-sessions-x-Role-ABC`,
];
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const BOUNDED: RequestContext = { "iam:PermissionsBoundary": BOUNDARY };
const EVERYTHING = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

type Attack = readonly [title: string, action: string, resource: string, context?: RequestContext];

const ATTACKS: readonly Attack[] = [
  ["a role without a boundary", "iam:CreateRole", ROLE],
  ["a role within a boundary of his own", "iam:CreateRole", ROLE, { "iam:PermissionsBoundary": ADMINISTRATOR }],
  [
    "a role within a boundary that looks like it",
    "iam:CreateRole",
    ROLE,
    { "iam:PermissionsBoundary": `arn:aws:iam::${ACCOUNT}:policy/mine/beam-chat-sessions-boundary` },
  ],
  ["rights for a role without a boundary", "iam:PutRolePolicy", ROLE],
  ["a managed policy for the job's role", "iam:AttachRolePolicy", ROLE, { ...BOUNDED, "iam:PolicyARN": ADMINISTRATOR }],
  ["no boundary for the job's role any more", "iam:DeleteRolePermissionsBoundary", ROLE, BOUNDED],
  ["another boundary for it", "iam:PutRolePermissionsBoundary", ROLE, { "iam:PermissionsBoundary": ADMINISTRATOR }],
  ["another text for the boundary", "iam:CreatePolicyVersion", BOUNDARY],
  ["an older text for the boundary", "iam:SetDefaultPolicyVersion", BOUNDARY],
  ["no boundary at all", "iam:DeletePolicy", BOUNDARY],
  ["a boundary of his own", "iam:CreatePolicy", BOUNDARY],
  ["tags that other policies trust", "iam:TagRole", ROLE, { "aws:TagKeys": ["team"], "aws:RequestTag/team": "admin" }],
  ["the role of a stack", "iam:PassRole", ROLE, { "iam:PassedToService": "cloudformation.amazonaws.com" }],
  ["the role of a function", "iam:PassRole", ROLE, { "iam:PassedToService": "lambda.amazonaws.com" }],
  ["the rights of the job at once", "sts:AssumeRole", ROLE],
  ["what a key of the account hides", "kms:Decrypt", KEY],
  ["it through another service", "kms:Decrypt", KEY, { "kms:ViaService": "s3.us-east-1.amazonaws.com" }],
  ["a key to lend", "kms:CreateGrant", KEY, { "kms:GrantIsForAWSResource": "true" }],
  ["a key to lend to anybody", "kms:CreateGrant", KEY, { ...BY_DOMAIN, "kms:GrantIsForAWSResource": "false" }],
  ["another policy for a key", "kms:PutKeyPolicy", KEY],
  ["a key for a user", "iam:CreateAccessKey", `arn:aws:iam::${ACCOUNT}:user/admin`],
  ["rights for a user", "iam:PutUserPolicy", `arn:aws:iam::${ACCOUNT}:user/me`],
  ["a way in from outside", "iam:CreateOpenIDConnectProvider", `arn:aws:iam::${ACCOUNT}:oidc-provider/evil.example`],
  [
    "somebody else's jar bucket",
    "s3:PutObject",
    "arn:aws:s3:::b/beam-chat-sessions/x.jar",
    { "aws:ResourceAccount": "999999999999" },
  ],
  ...OTHER_ROLES.flatMap((role): readonly Attack[] => [
    [`a role of another place: ${role}`, "iam:CreateRole", role, BOUNDED],
    [`rights for ${role}`, "iam:PutRolePolicy", role],
    [`fewer rights for ${role}`, "iam:DeleteRolePolicy", role],
    [`the trust of ${role}`, "iam:UpdateAssumeRolePolicy", role],
    [`the end of ${role}`, "iam:DeleteRole", role],
    [`${role} for a job`, "iam:PassRole", role, { "iam:PassedToService": "kinesisanalytics.amazonaws.com" }],
  ]),
];

describe("the deployer's policy", () => {
  for (const [title, action, resource, context] of ATTACKS) {
    it(`does not give ${title}: ${action}`, async () => {
      assert.equal(await may(DEPLOYER, action, resource, context), false);
    });
  }

  it("gives the role of the template, as it is there, and its job", async () => {
    const { PermissionsBoundary, Path } = filledIn(roleResources(PLAIN)["Role"]?.Properties) as Record<string, string>;
    assert.ok(ROLE.includes(`:role${Path}chat-sessions-Role-`));
    const bounded = { "iam:PermissionsBoundary": PermissionsBoundary ?? "" };
    assert.ok(await may(DEPLOYER, "iam:CreateRole", ROLE, bounded));
    assert.ok(await may(DEPLOYER, "iam:PutRolePolicy", ROLE, bounded));
    assert.ok(await may(DEPLOYER, "iam:TagRole", ROLE, { "aws:TagKeys": ["application"] }));
    assert.ok(await may(DEPLOYER, "iam:PassRole", ROLE, { "iam:PassedToService": "kinesisanalytics.amazonaws.com" }));
  });
});

const OTHER_PURPOSE = { "kms:EncryptionContext:purpose": "payments" };

/** Attacks by a role with all rights in its own policies, of which the boundary must leave none. */
const FORBIDDEN: readonly Attack[] = [
  ["users", "iam:CreateUser", `arn:aws:iam::${ACCOUNT}:user/x`],
  ["roles", "iam:PutRolePolicy", ROLE, BOUNDED],
  ["other roles", "sts:AssumeRole", OTHER_ROLES[0]!],
  ["other streams", "kinesis:GetRecords", `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/payments`],
  ["writing messages", "kinesis:PutRecord", `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/chat`],
  ["other domains", "es:ESHttpGet", `arn:aws:es:us-east-1:${ACCOUNT}:domain/payments/_search`],
  ["deleting indexes", "es:ESHttpDelete", `arn:aws:es:us-east-1:${ACCOUNT}:domain/chat-sessions/chat-sessions`],
  ["other files", "s3:GetObject", "arn:aws:s3:::payments/2026.csv"],
  ["writing jars", "s3:PutObject", "arn:aws:s3:::jars/beam-chat-sessions/x.jar"],
  ["secrets", "secretsmanager:GetSecretValue", `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:x-abcdef`],
  ["keys but through the stream", "kms:Decrypt", `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`],
  ["keys for another purpose", "kms:Decrypt", `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`, OTHER_PURPOSE],
  ["other logs", "logs:PutLogEvents", `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/payments:log-stream:x`],
  ["machines", "ec2:RunInstances", `arn:aws:ec2:us-east-1:${ACCOUNT}:instance/*`],
  ["functions", "lambda:CreateFunction", `arn:aws:lambda:us-east-1:${ACCOUNT}:function:x`],
];

describe("the boundary of the job's role", () => {
  const boundary = policyFile("job-boundary.json");

  for (const [title, action, resource, context] of FORBIDDEN) {
    it(`keeps ${title} from a role whose own policies allow everything: ${action}`, async () => {
      assert.ok(await may({ policy: EVERYTHING }, action, resource, context), "the attack itself is no right");
      assert.equal(await may({ policy: EVERYTHING, boundary }, action, resource, context), false);
    });
  }

  it("fits into a managed policy", () => {
    assert.ok(JSON.stringify(boundary).length <= 6_144);
  });

  for (const [name, deployment] of Object.entries(DEPLOYMENTS)) {
    it(`leaves the job all that its own policy gives: ${name}`, async () => {
      // Edits the boundary as the documentation says for a domain whose name does not begin with that of the
      // application.
      const text = JSON.stringify(boundary);
      const own = deployment.domain.kind === "own" ? text.replace("domain/chat-sessions", "domain/search") : text;
      for (const statement of roleStatements(deployment).map(asAwsKnowsIt)) {
        const { Action, Resource } = statement;
        const policy = { Version: "2012-10-17", Statement: [filledIn(statement)] };
        for (const action of Action) {
          for (const resource of resourcesFor(action, Resource)) {
            const rights = { policy, boundary: JSON.parse(own) as object };
            const context = {
              ...(PURPOSES[statement.Sid ?? ""] ?? { "kms:ViaService": "kinesis.us-east-1.amazonaws.com" }),
              "aws:ResourceAccount": ACCOUNT,
            };
            assert.ok(await may(rights, action, resource, context), `${action} on ${resource}`);
          }
        }
      }
    });
  }
});

/** Leaves out the resource of log groups: the service asks for one that AWS's own list of actions does not have. */
function asAwsKnowsIt(statement: Statement): Statement {
  return statement.Sid === "FindLogGroups" ? { ...statement, Resource: "*" } : statement;
}

/** One resource for each pattern, of the kind that the action is about. */
function resourcesFor(action: string, pattern: unknown): readonly string[] {
  const patterns = filledIn([pattern].flat()) as readonly string[];
  return (
    patterns
      // The simulation does not know models of a global profile, which have no region; the list has the regions' beside
      // them.
      .filter((each) => !each.startsWith("arn:aws:bedrock:::"))
      .filter((each) => !/DescribeLogStreams/.test(action) || each.includes("log-stream"))
      .map((each) => (each === "*" ? each : each.replace(/log-stream:\*$/, "log-stream:x").replace(/\*$/, "x")))
  );
}
