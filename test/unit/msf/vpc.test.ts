/** Ways out of a VPC that the stand-in of AWS cannot have: another account's subnets, routes that lead nowhere. */
import type { EC2Client, Route } from "@aws-sdk/client-ec2";
import type { STSClient } from "@aws-sdk/client-sts";
import assert from "node:assert/strict";
import { type Aws, awsClients } from "../../../runners/msf/aws";
import { readLine } from "../../../runners/msf/context";
import { vpcWarnings } from "../../../runners/msf/vpc";

const OWN = "123456789012";
const SUBNET = "subnet-0a";

/** AWS with one subnet of that owner, whose table has these routes beside those of the VPC. */
function awsWith(owner: string, ...routes: readonly Route[]): Aws {
  const answers: Readonly<Record<string, object>> = {
    DescribeSubnetsCommand: { Subnets: [{ SubnetId: SUBNET, VpcId: "vpc-1", OwnerId: owner }] },
    DescribeRouteTablesCommand: {
      RouteTables: [
        {
          VpcId: "vpc-1",
          Associations: [{ Main: true }],
          Routes: [{ DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: "nat-1" }],
        },
        {
          VpcId: "vpc-1",
          Associations: [{ SubnetId: SUBNET }],
          Routes: [{ DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local" }, ...routes],
        },
      ],
    },
    DescribeVpcEndpointsCommand: { VpcEndpoints: [] },
  };
  const send = async (command: object) => answers[command.constructor.name];
  const identity = { send: async () => ({ Account: OWN, Arn: `arn:aws:iam::${OWN}:user/me` }) };
  return {
    ...awsClients("us-east-1", 1),
    network: { send } as unknown as EC2Client,
    identity: identity as unknown as STSClient,
  };
}

const LINE = readLine(["--subnets", SUBNET, "--security-groups", "sg-0a", "--region", "us-east-1"], {});
const everywhere = (target: Route): Route => ({ DestinationCidrBlock: "0.0.0.0/0", ...target });

describe("the ways out of a VPC", () => {
  it("are asked of the account that shares the subnet, where no route leaves it", async () => {
    const warnings = await vpcWarnings(awsWith("210987654321"), LINE);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /which another account shares: ask it for endpoints of com\.amazonaws\.us-east-1\.kinesis/,
    );
  });

  it("are none by an internet gateway, by a route whose target is gone, and by the main table of others", async () => {
    for (const target of [{ GatewayId: "igw-1" }, { NatGatewayId: "nat-1", State: "blackhole" as const }]) {
      assert.equal((await vpcWarnings(awsWith(OWN, everywhere(target)), LINE)).length, 2, JSON.stringify(target));
    }
    assert.equal((await vpcWarnings(awsWith(OWN), LINE)).length, 2);
  });

  it("are asked for each service that the job calls", async () => {
    const more = { texts: { ...LINE.texts, alertBus: "alerts", redactKmsKey: "arn:aws:kms:us-east-1:1:key/1" } };
    const [endpoints] = await vpcWarnings(awsWith(OWN), { ...LINE, ...more });
    assert.match(endpoints!, /bedrock-runtime\) and EventBridge \(\S+\.events\) and KMS \(\S+\.kms\): make that/);
    assert.doesNotMatch((await vpcWarnings(awsWith(OWN), LINE))[0]!, /EventBridge|KMS/);
  });

  it("are a NAT gateway, a transit gateway, a VPN and a machine", async () => {
    const targets = [
      { NatGatewayId: "nat-1" },
      { TransitGatewayId: "tgw-1" },
      { GatewayId: "vgw-1" },
      { InstanceId: "i-1" },
    ];
    for (const target of targets) {
      assert.deepEqual(await vpcWarnings(awsWith(OWN, everywhere(target)), LINE), [], JSON.stringify(target));
    }
  });
});
