/**
 * A service that acts for one of our resources must not be made to act for somebody else's: every right that a template
 * gives to a service is tried in the name of other applications and domains, of this account and of another.
 */
import assert from "node:assert/strict";
import { bucketTemplate, deploymentTemplate } from "../../runners/msf/template";
import { DEPLOYMENTS } from "../support/aws/deployments";
import { ACCOUNT, filledIn, serviceMay } from "../support/aws/iam";

const OTHER_ACCOUNT = "999999999999";
const HERE = `us-east-1:${ACCOUNT}`;

interface Given {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal?: { readonly Service?: string };
  readonly Action: readonly string[];
  readonly Resource?: string;
}

interface Expected {
  readonly action: string;
  readonly resource: string;
  readonly sourceArn: string;
}

/** The rights that services have in all templates, by the service. */
const EXPECTED: Readonly<Record<string, readonly Expected[]>> = {
  "kinesisanalytics.amazonaws.com": [
    {
      action: "sts:AssumeRole",
      resource: `arn:aws:iam::${ACCOUNT}:role/beam-chat-sessions/chat-sessions-Role-ABC`,
      sourceArn: `arn:aws:kinesisanalytics:${HERE}:application/chat-sessions`,
    },
  ],
  "es.amazonaws.com": ["logs:PutLogEvents", "logs:CreateLogStream"].map((action) => ({
    action,
    resource: `arn:aws:logs:${HERE}:log-group:/aws/opensearch/chat-sessions/audit:log-stream:x`,
    sourceArn: `arn:aws:es:${HERE}:domain/chat-sessions`,
  })),
};

/** All statements that give a service a right, wherever in a template they are. CloudFormation takes some as text. */
function rightsOfServices(value: unknown): readonly Given[] {
  if (typeof value === "string") {
    // Runtime properties have pieces of JSON, which are no policies.
    const isPolicy = value.startsWith("{") && value.includes('"Statement"');
    return isPolicy ? rightsOfServices(JSON.parse(String(filledIn({ "Fn::Sub": value })))) : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const statement = value as Partial<Given>;
  const isRight = statement.Effect === "Allow" && statement.Principal?.Service !== undefined;
  return isRight ? [filledIn(statement) as Given] : Object.values(value).flatMap(rightsOfServices);
}

const templates = [
  ["the bucket", bucketTemplate()] as const,
  ...Object.entries(DEPLOYMENTS).map(([name, deployment]) => [name, deploymentTemplate(deployment)] as const),
];
const given = templates.flatMap(([, { Resources }]) => rightsOfServices(Resources));

describe("the rights of services", () => {
  it("are known", () => {
    const services = new Set(given.map(({ Principal }) => Principal!.Service!));
    assert.deepEqual([...services].sort(), Object.keys(EXPECTED).sort());
    const trusts = given.filter(({ Action }) => Action.includes("sts:AssumeRole"));
    assert.equal(trusts.length, Object.keys(DEPLOYMENTS).length, "each deployment has a role");
  });

  for (const [service, expected] of Object.entries(EXPECTED)) {
    for (const { action, resource, sourceArn } of expected) {
      it(`serve ${sourceArn.split(":").at(-1)!} alone: ${service}, ${action}`, async () => {
        const statements = given.filter((one) => one.Principal!.Service === service);
        assert.ok(
          statements.every((one) => one.Action.every((each) => expected.some((known) => known.action === each))),
        );
        for (const statement of statements) {
          const may = (context: Readonly<Record<string, string>>): Promise<boolean> =>
            serviceMay(
              { service, resourcePolicy: { Version: "2012-10-17", Statement: [statement] } },
              action,
              resource,
              context,
            );
          const own = { "aws:SourceAccount": ACCOUNT, "aws:SourceArn": sourceArn };
          assert.ok(await may(own), "its own application or domain");
          for (const attack of [
            {},
            { "aws:SourceAccount": ACCOUNT },
            { "aws:SourceArn": sourceArn },
            { ...own, "aws:SourceArn": `${sourceArn}-2` },
            { ...own, "aws:SourceAccount": OTHER_ACCOUNT },
            { "aws:SourceAccount": OTHER_ACCOUNT, "aws:SourceArn": sourceArn.replace(ACCOUNT, OTHER_ACCOUNT) },
          ]) {
            assert.ok(!(await may(attack)), JSON.stringify(attack));
          }
        }
      });
    }
  }
});
