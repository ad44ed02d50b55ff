/** The job's role may do what the job's programs ask for, and nothing else. */
import assert from "node:assert/strict";
import { domainName } from "../../../runners/msf/template/domain";
import type { Statement } from "../../../runners/msf/template/document";
import { roleStatements } from "../../../runners/msf/template/role";
import { DEPLOYMENTS, PLAIN } from "../../support/deployments";
import { filesOfPrograms, sdkActions, searchActions, searchPaths } from "../../support/sdk-actions";

/** What the service does itself, in the role's name. */
const OF_THE_SERVICE: Readonly<Record<string, string>> = {
  "s3:GetObject": "fetches the jar",
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

function actionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Action }) => Action).sort();
}

function textsOf({ Resource }: Statement): readonly string[] {
  const all: readonly unknown[] = Array.isArray(Resource) ? Resource : [Resource];
  return all.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
}

describe("the role of the job", () => {
  const files = filesOfPrograms(["src/worker.ts", "src/managed.ts"]);
  const asked = [...sdkActions(files), ...searchActions(files)];

  it("looks at the whole job", () => {
    for (const file of ["src/io/kinesis/client.ts", "src/io/bedrock/client.ts", "src/io/opensearch/prepare.ts"]) {
      assert.ok(files.includes(file), file);
    }
    assert.ok(!files.some((file) => file.startsWith("src/local/")), "the job has embedded services in it");
  });

  it("has one action for each call, and those that the service needs", () => {
    const needed = [...asked, ...Object.keys(OF_THE_SERVICE)].sort();
    assert.deepEqual(actionsOf(roleStatements(PLAIN)), needed);
  });

  it("has more only for a VPC and for a stream with a key of the user's own", () => {
    const needed = [
      ...asked,
      ...Object.keys(OF_THE_SERVICE),
      ...Object.keys(IN_A_VPC),
      ...Object.keys(OF_A_KEY),
    ].sort();
    assert.deepEqual(actionsOf(roleStatements(DEPLOYMENTS["all of the user's own"]!)), needed);
  });

  for (const [name, deployment] of Object.entries(DEPLOYMENTS)) {
    it(`names every resource that has a name: ${name}`, () => {
      for (const statement of roleStatements(deployment)) {
        if (statement.Action.every((action) => action.startsWith("ec2:"))) continue;
        for (const resource of textsOf(statement)) {
          const isGroups = statement.Action[0] === "logs:DescribeLogGroups";
          assert.ok(isGroups || !/"\*"|^\*$|:\*"?}?$/.test(resource.replace(/log-stream:\*/, "")), resource);
        }
      }
    });
  }

  it("reaches each path that the job asks OpenSearch for", () => {
    const statement = roleStatements(PLAIN).find(({ Sid }) => Sid === "WriteIndexes")!;
    const domain = `:domain/${domainName(PLAIN.name)}`;
    const allowed = textsOf(statement).map((text) =>
      text.slice(text.indexOf(domain) + domain.length).replace(/"}$/, ""),
    );
    const forms = allowed.map((each) => new RegExp(`^${each.replaceAll(/[.]/g, "\\.").replaceAll("*", ".*")}$`));
    const paths = searchPaths(files, PLAIN.index);
    assert.ok(paths.includes(`/${PLAIN.index}/_bulk`) && paths.includes("/"), paths.join());
    for (const path of paths)
      assert.ok(
        forms.some((form) => form.test(path)),
        `${path} is not in ${allowed.join()}`,
      );
    assert.ok(!forms.some((form) => form.test("/other/_bulk")), "another index is open");
  });
});
