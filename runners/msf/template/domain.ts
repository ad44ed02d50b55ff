import type { Deployment, DomainSettings } from "../settings";
import { arn, attribute, policy, type Resources, type Statement, sub, TAGS } from "./document";

const ENGINE_VERSION = "OpenSearch_2.19";

/** Encrypted everywhere, and open to nobody but the job and the searchers, who sign their requests. */
export function domainResources(deployment: Deployment): Resources {
  const { name, domain } = deployment;
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
          AccessPolicies: policy(accessStatements(deployment, domain)),
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

/** Who may do what in a domain of the stack. Operators redrive dead letters, which is the job itself on their machine. */
export function accessStatements(
  { name, index, deadLetterIndex }: Pick<Deployment, "name" | "index" | "deadLetterIndex">,
  domain: DomainSettings & { kind: "new" },
): readonly Statement[] {
  const paths = jobPaths(name, domain, index, deadLetterIndex);
  const may = (Sid: string, AWS: unknown, Action: readonly string[], Resource: unknown): Statement => ({
    Sid,
    Effect: "Allow",
    Principal: { AWS },
    Action,
    Resource,
  });
  const { searcherArns, operatorArns } = domain;
  const searchPath = domainPath(name, domain, `/${index}/_msearch`);
  return [
    may("Job", attribute("Role", "Arn"), JOB_ACTIONS, paths),
    ...(searcherArns.length === 0 ? [] : [may("Searchers", searcherArns, ["es:ESHttpPost"], searchPath)]),
    ...(operatorArns.length === 0 ? [] : [may("Operators", operatorArns, JOB_ACTIONS, paths)]),
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
