import type { Deployment, DomainSettings } from "../settings";
import { arn, attribute, policy, type Resources, type Statement, sub, TAGS } from "./document";

const ENGINE_VERSION = "OpenSearch_2.19";

/** Encrypted everywhere, and open to nobody but the job and the searchers, who sign their requests. */
export function domainResources({ name, domain, index, deadLetterIndex }: Deployment): Resources {
  if (domain.kind === "new") {
    return {
      Domain: {
        Type: "AWS::OpenSearchService::Domain",
        DeletionPolicy: "Delete",
        UpdateReplacePolicy: "Retain",
        Properties: {
          DomainName: domainName(name),
          EngineVersion: ENGINE_VERSION,
          ClusterConfig: clusterOf(domain),
          EBSOptions: { EBSEnabled: true, VolumeType: "gp3", VolumeSize: domain.volumeGib },
          EncryptionAtRestOptions: { Enabled: true },
          NodeToNodeEncryptionOptions: { Enabled: true },
          DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
          AccessPolicies: policy([
            {
              Sid: "Job",
              Effect: "Allow",
              Principal: { AWS: attribute("Role", "Arn") },
              Action: JOB_ACTIONS,
              Resource: jobPaths(name, domain, index, deadLetterIndex),
            },
            ...searchers(name, domain, index),
          ]),
          Tags: TAGS,
        },
      },
    };
  }
  return {};
}

function clusterOf({ instance, instances }: DomainSettings & { kind: "new" }): object {
  const zones = Math.min(instances, 3);
  return {
    InstanceType: instance,
    InstanceCount: instances,
    ZoneAwarenessEnabled: zones > 1,
    ...(zones > 1 ? { ZoneAwarenessConfig: { AvailabilityZoneCount: zones } } : {}),
  };
}

/** What src/io/opensearch sends, by method. */
export const JOB_ACTIONS = ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"] as const;

/** The paths that src/io/opensearch asks for, and no others: the cluster's facts, both indexes and their templates. */
export function jobPaths(
  stack: string,
  domain: DomainSettings,
  index: string,
  deadLetterIndex: string,
): readonly unknown[] {
  const indexes = [index, deadLetterIndex];
  return [
    "/",
    "/_cat/plugins",
    ...indexes.flatMap((each) => [`/${each}`, `/${each}/*`, `/_index_template/beam-chat-sessions-${each}`]),
  ].map((path) => domainPath(stack, domain, path));
}

function searchers(stack: string, domain: DomainSettings & { kind: "new" }, index: string): Statement[] {
  if (domain.searcherArns.length === 0) return [];
  return [
    {
      Sid: "Searchers",
      Effect: "Allow",
      Principal: { AWS: domain.searcherArns },
      Action: ["es:ESHttpPost"],
      Resource: domainPath(stack, domain, `/${index}/_msearch`),
    },
  ];
}

/** Not by reference: a policy of the domain cannot refer to the domain. */
function domainPath(stack: string, domain: DomainSettings, path: string): unknown {
  return arn("es", `domain/${domain.kind === "new" ? domainName(stack) : domain.name}${path}`);
}

/** Domains want lower case and at most 28 characters. */
export function domainName(stack: string): string {
  return stack.toLowerCase().slice(0, 28).replace(/-+$/, "");
}

export function domainEndpoint(domain: DomainSettings, given: string | undefined): unknown {
  return domain.kind === "new" ? sub("https://${Domain.DomainEndpoint}") : given;
}
