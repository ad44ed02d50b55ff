/** The job's role allows the requests of the job's programs, and nothing else. */
import assert from "node:assert/strict";
import { accessStatements, domainName } from "../../../runners/msf/template/domain-access";
import type { Statement } from "../../../runners/msf/template/document";
import { roleStatements } from "../../../runners/msf/template/role";
import { PROPERTY_TABLES } from "../../../src/options/properties";
import { DEPLOYMENTS, PLAIN } from "../../support/aws/deployments";
import { filesOfPrograms, sdkActions, searchActions, searchPaths } from "../../support/aws/sdk-actions";

/** Actions of the service itself, in the role's name. */
const OF_THE_SERVICE: Readonly<Record<string, string>> = {
  "s3:GetObject": "fetches the jar",
  "s3:GetObjectVersion": "fetches that very version of it",
  "logs:PutLogEvents": "writes the log",
  "logs:DescribeLogStreams": "looks for the log's stream",
  "logs:DescribeLogGroups": "looks for the log's group",
};
const IN_A_VPC: Readonly<Record<string, string>> = {
  "ec2:DescribeVpcs": "checks the VPC",
  "ec2:DescribeSubnets": "checks its subnets",
  "ec2:DescribeSecurityGroups": "checks its security groups",
  "ec2:DescribeDhcpOptions": "finds its name servers",
  "ec2:CreateNetworkInterface": "puts the job into it",
  "ec2:CreateNetworkInterfacePermission": "lets the job use that",
  "ec2:DescribeNetworkInterfaces": "waits for that",
  "ec2:DeleteNetworkInterface": "tidies up",
};
const OF_A_KEY = { "kms:Decrypt": "Kinesis decrypts records with the reader's rights" };

const OF_A_WEBHOOK = { "kms:Decrypt": "unwraps its key, beside that of the pseudonyms" };

function actionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Action }) => Action).sort();
}

/** Alerts go to EventBridge only where a bus is given, and KMS unwraps a key only where pseudonyms need one. */
function isOnDemand(action: string): boolean {
  return /^(?:events|kms):/.test(action);
}

function textsOf({ Resource }: Statement): readonly string[] {
  const all: readonly unknown[] = Array.isArray(Resource) ? Resource : [Resource];
  return all.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
}

describe("the role of the job", () => {
  const files = filesOfPrograms(["src/worker.ts", "runners/msf/job-manager/main.ts"]);
  // The workers can read files, but the service's jobs read streams: there is no such property.
  const used = files.filter((file) => !file.startsWith("src/io/files/"));
  const asked = [...sdkActions(used), ...searchActions(used)];

  it("looks at the whole job", () => {
    for (const file of [
      "src/io/kinesis/client.ts",
      "src/io/bedrock/client.ts",
      "src/io/opensearch/indexes/prepare.ts",
    ]) {
      assert.ok(files.includes(file), file);
    }
    assert.ok(!files.some((file) => file.startsWith("src/local/")), "the job has embedded services in it");
  });

  it("has no rights to files, which no property names", () => {
    assert.ok(!Object.values(PROPERTY_TABLES).some((table) => "input" in table));
  });

  it("has one action for each call, and those that the service needs", () => {
    const needed = [...asked.filter((action) => !isOnDemand(action)), ...Object.keys(OF_THE_SERVICE)].sort();
    assert.deepEqual(actionsOf(roleStatements(PLAIN)), needed);
  });

  it("has more only for a VPC, for an event bus of alerts, for wrapped keys, and for a stream with a key of the user's own", () => {
    const needed = [
      ...asked,
      ...Object.keys(OF_THE_SERVICE),
      ...Object.keys(IN_A_VPC),
      ...Object.keys(OF_A_KEY),
      ...Object.keys(OF_A_WEBHOOK),
    ].sort();
    assert.deepEqual(actionsOf(roleStatements(DEPLOYMENTS["all of the user's own"]!)), needed);
  });

  it("unwraps each key with its own KMS key, and for its own purpose", () => {
    const deployment = { ...DEPLOYMENTS["all of the user's own"]!, webhookKeyArn: "arn:aws:kms:::key/other" };
    const { redactionKeyArn, webhookKeyArn } = deployment;
    const unwraps = roleStatements(deployment).filter(({ Sid }) => Sid?.startsWith("Unwrap"));
    assert.deepEqual(
      unwraps.map(({ Resource, Condition }) => [Resource, Condition]),
      [
        [redactionKeyArn, { StringEquals: { "kms:EncryptionContext:purpose": "beam-chat-sessions-redaction" } }],
        [webhookKeyArn, { StringEquals: { "kms:EncryptionContext:purpose": "beam-chat-sessions-webhook" } }],
      ],
    );
  });

  for (const [name, deployment] of Object.entries(DEPLOYMENTS)) {
    it(`names every resource that has a name: ${name}`, () => {
      for (const statement of roleStatements(deployment)) {
        // EC2's Describe actions know no resources, and EC2 makes up an interface's name.
        if (statement.Action.every((action) => action.startsWith("ec2:Describe"))) continue;
        for (const resource of textsOf(statement)) {
          const isGroups = statement.Action[0] === "logs:DescribeLogGroups";
          const named = resource.replace(/log-stream:\*|network-interface\/\*/, "");
          assert.ok(isGroups || !/"\*"|^\*$|:\*"?}?$/.test(named), resource);
        }
      }
    });
  }

  it("puts interfaces into the subnets and security groups of the VPC alone", () => {
    const statements = roleStatements(DEPLOYMENTS["all of the user's own"]!);
    const created = statements.filter(({ Action }) => Action.includes("ec2:CreateNetworkInterface"));
    const names = created.flatMap(textsOf).map((text) => /:([\w-]+\/[\w*-]+)"}$/.exec(text)?.[1]);
    assert.deepEqual(names, ["network-interface/*", "subnet/subnet-11111111", "security-group/sg-11111111"]);
    // Another account may share them.
    const [interfaces, ...others] = created.flatMap(textsOf);
    assert.match(interfaces!, /AccountId/);
    for (const shared of others) assert.match(shared, /:ec2:\$\{AWS::Region\}:\*:(?:subnet|security-group)\//);
  });

  it("reaches each path that the job asks OpenSearch for", () => {
    const statement = roleStatements(PLAIN).find(({ Sid }) => Sid === "WriteIndexes")!;
    const paths = searchPaths(files, PLAIN.index);
    assert.ok(paths.includes(`/${PLAIN.index}/_bulk`) && paths.includes("/"), paths.join());
    for (const path of paths) assert.ok(reaches(statement, path), path);
    assert.ok(!reaches(statement, "/other/_bulk"), "another index is open");
  });

  it("is no wider than what operators may do, who list and redrive dead letters", () => {
    const deployment = DEPLOYMENTS["shards, three nodes, searchers, operators"]!;
    assert.ok(deployment.domain.kind === "new");
    const statements = accessStatements(deployment, deployment.domain);
    const operators = statements.find(({ Sid }) => Sid === "Operators")!;
    const tools = filesOfPrograms(["src/cli/dead-letters.ts"]).filter((file) => !file.startsWith("src/local/"));
    for (const path of searchPaths(tools, PLAIN.index)) assert.ok(reaches(operators, path), path);
    for (const action of searchActions(tools)) assert.ok(operators.Action.includes(action), action);
    const searchers = statements.find(({ Sid }) => Sid === "Searchers")!;
    assert.ok(reaches(searchers, `/${PLAIN.index}/_msearch`) && !reaches(searchers, `/${PLAIN.index}/_bulk`));
    const look = statements.find(({ Sid }) => Sid === "SearchersLook")!;
    assert.deepEqual(look.Action, ["es:ESHttpGet"]);
    assert.ok(reaches(look, `/${PLAIN.index}/_mapping`) && !reaches(look, `/${PLAIN.index}/_search`));
  });
});

/** True when a statement allows this path of the domain. */
function reaches(statement: Statement, path: string): boolean {
  const domain = `:domain/${domainName(PLAIN.name)}`;
  return textsOf(statement)
    .map((text) => text.slice(text.indexOf(domain) + domain.length).replace(/"}$/, ""))
    .some((each) => new RegExp(`^${each.replaceAll(/[.]/g, "\\.").replaceAll("*", ".*")}$`).test(path));
}
