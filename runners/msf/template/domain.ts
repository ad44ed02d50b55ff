import type { Deployment, DomainSettings, NewDomainSettings } from "../settings";
import { auditGroupName, AUDIT_LOG_GROUP, AUDIT_LOG_POLICY } from "./audit-log";
import { arn, policy, type Resources, sub, TAGS } from "./document";
import { accessStatements, domainName } from "./domain-access";

const ENGINE_VERSION = "OpenSearch_2.19";

/** Logical id, by which commands find the domain in a template. */
export const DOMAIN = "Domain";

/**
 * The domain: encrypted everywhere, and open to nobody but the job, its operators and the searchers, who sign their
 * requests.
 */
export function domainResources(deployment: Deployment): Resources {
  const { name, domain, kmsKeyArn } = deployment;
  if (domain.kind === "own") return {};
  return {
    [DOMAIN]: {
      Type: "AWS::OpenSearchService::Domain",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
      ...(domain.auditLogs ? { DependsOn: [AUDIT_LOG_GROUP, AUDIT_LOG_POLICY] } : {}),
      Properties: {
        DomainName: domainName(name),
        EngineVersion: ENGINE_VERSION,
        ClusterConfig: clusterOf(domain),
        EBSOptions: { EBSEnabled: true, VolumeType: "gp3", VolumeSize: domain.volumeGib },
        EncryptionAtRestOptions: { Enabled: true, ...(kmsKeyArn === undefined ? {} : { KmsKeyId: kmsKeyArn }) },
        NodeToNodeEncryptionOptions: { Enabled: true },
        DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
        ...rightsOf(domain),
        ...vpcOf(deployment, domain),
        ...(domain.auditLogs ? { LogPublishingOptions: { AUDIT_LOGS: auditLogOf(name) } } : {}),
        AccessPolicies: policy(accessStatements(deployment, domain)),
        Tags: TAGS,
      },
    },
  };
}

/**
 * Forbids indexes named in a request's body, because paths can tell indexes apart only without them, and `_msearch`,
 * `_mget` and `_bulk` could name some. Roles inside the domain look at each index that is named, so there it stays
 * allowed: OpenSearch Dashboards needs it.
 */
function rightsOf({ masterUserArn }: NewDomainSettings): object {
  const isAllowed = (allowed: boolean): object => ({
    AdvancedOptions: { "rest.action.multi.allow_explicit_index": String(allowed) },
  });
  if (masterUserArn === undefined) return isAllowed(false);
  return {
    ...isAllowed(true),
    AdvancedSecurityOptions: {
      Enabled: true,
      InternalUserDatabaseEnabled: false,
      MasterUserOptions: { MasterUserARN: masterUserArn },
    },
  };
}

/** One subnet for each zone. */
function vpcOf({ vpc }: Deployment, domain: NewDomainSettings): object {
  if (!domain.inVpc || vpc === undefined) return {};
  const SubnetIds = vpc.subnetIds.slice(0, zonesOf(domain));
  return { VPCOptions: { SubnetIds, SecurityGroupIds: vpc.securityGroupIds } };
}

function auditLogOf(name: string): object {
  return { Enabled: true, CloudWatchLogsLogGroupArn: arn("logs", `log-group:${auditGroupName(name)}`) };
}

function clusterOf(domain: NewDomainSettings): object {
  const zones = zonesOf(domain);
  return {
    InstanceType: domain.instance,
    InstanceCount: domain.instances,
    ZoneAwarenessEnabled: zones > 1,
    ...(zones > 1 ? { ZoneAwarenessConfig: { AvailabilityZoneCount: zones } } : {}),
  };
}

/** Number of availability zones that a domain's machines are in. */
export function zonesOf({ instances }: Pick<NewDomainSettings, "instances">): number {
  return Math.min(instances, 3);
}

export function domainEndpoint(domain: DomainSettings, given: string | undefined): unknown {
  return domain.kind === "new" ? sub("https://${Domain.DomainEndpoint}") : given;
}
