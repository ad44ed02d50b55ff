/** Access to a domain by path. With fine-grained access control, roles inside the domain decide beyond that. */
import { alertIndexOf, ledgerIndexOf } from "../../../src/io/opensearch/settings";
import type { Deployment, DomainSettings, NewDomainSettings } from "../settings";
import { arn, attribute, type Statement } from "./document";

/** The actions of src/io/opensearch, by method. */
export const JOB_ACTIONS = ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"] as const;
/** The actions of people's tools, OpenSearch Dashboards among them. */
const ALL_ACTIONS = [...JOB_ACTIONS, "es:ESHttpDelete", "es:ESHttpHead", "es:ESHttpPatch"] as const;

/** The paths that src/io/opensearch requests, and no others: the cluster's facts, the indexes and their templates. */
export function jobPaths(
  stack: string,
  domain: DomainSettings,
  index: string,
  deadLetterIndex: string,
): readonly unknown[] {
  const indexes = [index, deadLetterIndex, ledgerIndexOf(index), alertIndexOf(index)];
  return [
    "/",
    "/_cat/plugins",
    ...indexes.flatMap((each) => [`/${each}`, `/${each}/*`, `/_index_template/beam-chat-sessions-${each}`]),
  ].map((path) => domainPath(stack, domain, path));
}

/**
 * The access policy of a domain of the stack. Operators redrive dead letters, which runs the job itself on their
 * machine. Where roles inside the domain decide, people reach all paths: OpenSearch Dashboards has many of its own.
 */
export function accessStatements(
  { name, index, deadLetterIndex }: Pick<Deployment, "name" | "index" | "deadLetterIndex">,
  domain: NewDomainSettings,
): readonly Statement[] {
  const { searcherArns, operatorArns, masterUserArn } = domain;
  const allow = (Sid: string, arns: unknown, Action: readonly string[], Resource: unknown): readonly Statement[] =>
    Array.isArray(arns) && arns.length === 0
      ? []
      : [{ Sid, Effect: "Allow", Principal: { AWS: arns }, Action, Resource }];
  const jobs = jobPaths(name, domain, index, deadLetterIndex);
  const all = domainPath(name, domain, "/*");
  const job = allow("Job", attribute("Role", "Arn"), JOB_ACTIONS, jobs);
  if (masterUserArn !== undefined) {
    return [
      ...job,
      ...allow("Searchers", searcherArns, ALL_ACTIONS, all),
      ...allow("Operators", operatorArns, ALL_ACTIONS, all),
      ...allow("MasterUser", masterUserArn, ALL_ACTIONS, all),
    ];
  }
  return [
    ...job,
    ...allow("Searchers", searcherArns, ["es:ESHttpPost"], domainPath(name, domain, `/${index}/_msearch`)),
    // A search asks the index whose vectors it holds; the same path with other methods would change the index.
    ...allow("SearchersLook", searcherArns, ["es:ESHttpGet"], domainPath(name, domain, `/${index}/_mapping`)),
    ...allow("Operators", operatorArns, JOB_ACTIONS, jobs),
  ];
}

/** Avoids a reference, because a policy of the domain cannot refer to the domain. */
function domainPath(stack: string, domain: DomainSettings, path: string): unknown {
  return arn("es", `domain/${domain.kind === "new" ? domainName(stack) : domain.name}${path}`);
}

/** Lower case and at most 28 characters, as domains want it. */
export function domainName(stack: string): string {
  return stack.toLowerCase().slice(0, 28).replace(/-+$/, "");
}
