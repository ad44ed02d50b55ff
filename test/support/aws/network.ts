/** VPCs in the stand-in of AWS. */
import {
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DescribeRouteTablesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";

export interface TestVpc {
  readonly subnets: readonly [string, string];
  /** Options that put a deployment into it. */
  readonly options: readonly string[];
  /** Makes interface endpoints of these services, with private DNS names. */
  addEndpoints(...services: readonly string[]): Promise<void>;
  /** Makes a default route through a NAT gateway. */
  addNat(): Promise<void>;
}

/** Makes a VPC of two subnets without any way out. */
export async function makeVpc(): Promise<TestVpc> {
  const client = new EC2Client({});
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const VpcId = Vpc!.VpcId!;
  const subnet = async (CidrBlock: string): Promise<string> =>
    (await client.send(new CreateSubnetCommand({ VpcId, CidrBlock }))).Subnet!.SubnetId!;
  const subnets = [await subnet("10.0.0.0/24"), await subnet("10.0.1.0/24")] as const;
  const group = await client.send(new CreateSecurityGroupCommand({ VpcId, GroupName: "job", Description: "job" }));
  return {
    subnets,
    options: ["--subnets", subnets.join(","), "--security-groups", group.GroupId!],
    async addEndpoints(...services) {
      for (const service of services) {
        const ServiceName = `com.amazonaws.us-east-1.${service}`;
        const how = { VpcEndpointType: "Interface" as const, PrivateDnsEnabled: true, SubnetIds: [...subnets] };
        await client.send(new CreateVpcEndpointCommand({ VpcId, ServiceName, ...how }));
      }
    },
    async addNat() {
      const { NatGateway } = await client.send(new CreateNatGatewayCommand({ SubnetId: subnets[0] }));
      const tables = new DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] });
      const { RouteTables = [] } = await client.send(tables);
      const NatGatewayId = NatGateway!.NatGatewayId!;
      const RouteTableId = RouteTables[0]!.RouteTableId!;
      await client.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", NatGatewayId }));
    },
  };
}
