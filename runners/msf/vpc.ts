/** Ways out of a VPC: the application becomes RUNNING without any, and then only waits for its services. */
import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  type Route,
  type RouteTable,
  type Subnet,
  type VpcEndpoint,
} from "@aws-sdk/client-ec2";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { type CommandLine, typed } from "../../src/options/command-line";
import { type Aws, call, caller } from "./aws";
import { DEPLOYMENT } from "./options";

/** Names of endpoints, by the service. */
type Endpoints = Readonly<Record<string, string>>;

/** Services that the job calls through an endpoint of the VPC, where there is no other way. */
function calledBy({ texts }: CommandLine): Endpoints {
  return {
    Kinesis: "kinesis-streams",
    Bedrock: "bedrock-runtime",
    ...(texts["alertBus"] === undefined ? {} : { EventBridge: "events" }),
    ...(["redactKmsKey", "alertWebhookKmsKey"].every((key) => texts[key] === undefined) ? {} : { KMS: "kms" }),
  };
}

interface Network {
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  readonly endpoints: readonly VpcEndpoint[];
}

/**
 * Sentences about the services that the job cannot reach from the subnets in the options, with the cure; one that says
 * so when the credentials may not look, or when the subnets are another account's, whose endpoints only their owner
 * sees. Rejects with BAD_OPTION for a subnet that does not exist.
 */
export async function vpcWarnings(aws: Aws, line: CommandLine): Promise<readonly string[]> {
  const { subnets: subnetIds, domainInVpc } = typed(line, DEPLOYMENT);
  if (subnetIds === undefined) return [];
  const called = calledBy(line);
  const isDomainInside = domainInVpc || (line.texts["opensearchEndpoint"] ?? "").startsWith("https://vpc-");
  try {
    const network = await networkOf(aws, subnetIds);
    const closed = network.subnets.filter((subnet) => !hasWayOut(subnet, network.tables));
    if (closed.length === 0) return [];
    const names = closed.map(({ SubnetId }) => SubnetId).join(", ");
    const { account } = await caller(aws);
    const foreign = closed.find(({ OwnerId }) => OwnerId !== undefined && OwnerId !== account);
    if (foreign !== undefined) {
      return [
        `No route leaves ${names}, which another account shares: ask it for endpoints of ${endpointNames(aws, called).join(" and ")}, or a NAT gateway.`,
      ];
    }
    return [
      ...endpointWarning(aws, called, network.endpoints, names),
      ...(isDomainInside ? [] : [domainWarning(names)]),
    ];
  } catch (error) {
    if (!(error instanceof JobError) || error.code !== "ACCESS_DENIED") throw error;
    return [
      `Nobody looked whether ${subnetIds.join(", ")} have a way to Kinesis, Bedrock and OpenSearch, since these credentials may not: it takes ec2:DescribeSubnets, DescribeRouteTables and DescribeVpcEndpoints.`,
    ];
  }
}

async function networkOf(aws: Aws, subnetIds: readonly string[]): Promise<Network> {
  const doing = "looking at the VPC";
  const { Subnets: subnets = [] } = await call(
    doing,
    () => aws.network.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] })),
    ["InvalidSubnetID.NotFound"],
  ).catch((cause: unknown) => {
    if (cause instanceof BeamError) throw cause;
    const message = `--subnets: AWS knows not all of ${subnetIds.join(", ")} in ${aws.region}: check them and --region.`;
    throw new JobError("BAD_OPTION", message, { cause });
  });
  const ofVpc = [{ Name: "vpc-id", Values: [...new Set(subnets.flatMap(({ VpcId }) => VpcId ?? []))] }];
  const { RouteTables: tables = [] } = await call(doing, () =>
    aws.network.send(new DescribeRouteTablesCommand({ Filters: ofVpc })),
  );
  const { VpcEndpoints: endpoints = [] } = await call(doing, () =>
    aws.network.send(new DescribeVpcEndpointsCommand({ Filters: ofVpc })),
  );
  return { subnets, tables, endpoints };
}

/** True when the subnet's own table, or else the VPC's main one, leads everywhere. */
function hasWayOut({ SubnetId, VpcId }: Subnet, tables: readonly RouteTable[]): boolean {
  const own = tables.find(({ Associations = [] }) => Associations.some((each) => each.SubnetId === SubnetId));
  const main = tables.find(
    (table) => table.VpcId === VpcId && (table.Associations ?? []).some(({ Main }) => Main === true),
  );
  return ((own ?? main)?.Routes ?? []).some(isWayOut);
}

/** An internet gateway is none: the job's interfaces have no public addresses. */
function isWayOut({ DestinationCidrBlock, GatewayId, State, ...target }: Route): boolean {
  if (DestinationCidrBlock !== "0.0.0.0/0" || State === "blackhole") return false;
  if (GatewayId !== undefined) return !GatewayId.startsWith("igw-");
  const { NatGatewayId, TransitGatewayId, NetworkInterfaceId, InstanceId, VpcPeeringConnectionId } = target;
  const ways = [NatGatewayId, TransitGatewayId, NetworkInterfaceId, InstanceId, VpcPeeringConnectionId];
  return ways.some((id) => id !== undefined);
}

function endpointWarning(aws: Aws, called: Endpoints, endpoints: readonly VpcEndpoint[], subnets: string): string[] {
  const isReady = ({ State, PrivateDnsEnabled }: VpcEndpoint): boolean =>
    State?.toLowerCase() === "available" && PrivateDnsEnabled === true;
  const missing = Object.entries(called).filter(
    ([, name]) => !endpoints.some((each) => each.ServiceName === endpointName(aws, name) && isReady(each)),
  );
  if (missing.length === 0) return [];
  const services = missing.map(([service, name]) => `${service} (${endpointName(aws, name)})`).join(" and ");
  return [
    `No route leaves ${subnets}, and the VPC has no ready interface endpoint with private DNS names for ${services}: make that, or a NAT gateway.`,
  ];
}

function domainWarning(subnets: string): string {
  return `No route leaves ${subnets}, so a domain outside of the VPC is out of reach: give --domain-in-vpc, or make a NAT gateway.`;
}

function endpointNames(aws: Aws, called: Endpoints): string[] {
  return Object.values(called).map((name) => endpointName(aws, name));
}

function endpointName({ region }: Aws, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}
