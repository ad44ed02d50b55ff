/**
 * The rights that fine-grained access control needs inside a domain, as requests of the master user: a role each for
 * the job, its operators and the searchers, the assignment of these roles, and the audit log's settings. Pure.
 */
import { alertIndexOf, ledgerIndexOf } from "../../src/io/opensearch/settings";
import type { OpenSearchRequest } from "../../src/io/opensearch/requests/client";
import type { Deployment, NewDomainSettings } from "./settings";

const API = "/_plugins/_security/api";

interface Role {
  readonly cluster: readonly string[];
  readonly indexes: readonly string[];
  readonly actions: readonly string[];
}

/**
 * Actions on the cluster to look at it, prepare indexes and their templates, and write; to read and settle dead
 * letters, too.
 */
const JOB_CLUSTER = [
  "cluster:monitor/main",
  "cluster:monitor/nodes/info",
  "cluster:monitor/state",
  "indices:admin/index_template/get",
  "indices:admin/index_template/put",
  "indices:data/read/mget",
  "indices:data/read/msearch",
  "indices:data/write/bulk",
];
const JOB_INDEX = [
  "indices:admin/create",
  "indices:admin/mapping/auto_put",
  "indices:admin/mapping/put",
  "indices:admin/mappings/get",
  // An erasure must find what no search would find yet. The star is for the action on each shard, refresh[s].
  "indices:admin/refresh*",
  "indices:data/read/*",
  "indices:data/write/*",
];
/** Actions by which Dashboards looks for indexes and their fields, and scrolls. */
const SEARCHER_CLUSTER = ["indices:data/read/mget", "indices:data/read/msearch", "indices:data/read/scroll*"];
const SEARCHER_INDEX = [
  "indices:admin/mappings/fields/get*",
  "indices:admin/mappings/get",
  "indices:admin/resolve/index",
  "indices:data/read/*",
];

/**
 * The requests in order: a role must exist before it is given to anybody. `jobRoleArn` is the role of the application.
 */
export function domainRights(
  { name, index, deadLetterIndex }: Pick<Deployment, "name" | "index" | "deadLetterIndex">,
  { searcherArns, operatorArns, auditLogs }: NewDomainSettings,
  jobRoleArn: string,
): readonly OpenSearchRequest[] {
  const all = [index, deadLetterIndex, ledgerIndexOf(index), alertIndexOf(index)];
  return [
    ...given(`${name}-job`, { cluster: JOB_CLUSTER, indexes: all, actions: JOB_INDEX }, [jobRoleArn, ...operatorArns]),
    ...given(`${name}-search`, { cluster: SEARCHER_CLUSTER, indexes: [index], actions: SEARCHER_INDEX }, searcherArns),
    ...(auditLogs ? [auditing(jobRoleArn)] : []),
  ];
}

/** Assigns a role to these principals, and takes it from all others. */
function given(
  role: string,
  { cluster, indexes, actions }: Role,
  arns: readonly string[],
): readonly OpenSearchRequest[] {
  const isUser = (arn: string): boolean => arn.includes(":user/");
  return [
    {
      method: "PUT",
      path: `${API}/roles/${role}`,
      json: {
        cluster_permissions: cluster,
        index_permissions: [{ index_patterns: indexes, allowed_actions: actions }],
      },
    },
    {
      method: "PUT",
      path: `${API}/rolesmapping/${role}`,
      // IAM users come as users, IAM roles as backend roles.
      json: { backend_roles: arns.filter((arn) => !isUser(arn)), users: arns.filter(isUser) },
    },
  ];
}

/**
 * Logs who asked for which index, but not the requests: questions and documents are chat text. Leaves out the job's own
 * bulks, which would drown the rest.
 */
function auditing(jobRoleArn: string): OpenSearchRequest {
  const ignored = ["kibanaserver", jobRoleArn];
  return {
    method: "PUT",
    path: `${API}/audit/config`,
    json: {
      enabled: true,
      audit: {
        enable_rest: true,
        disabled_rest_categories: ["AUTHENTICATED"],
        enable_transport: true,
        disabled_transport_categories: ["AUTHENTICATED"],
        log_request_body: false,
        resolve_bulk_requests: false,
        resolve_indices: true,
        exclude_sensitive_headers: true,
        ignore_users: ignored,
        ignore_requests: [],
      },
      compliance: {
        enabled: true,
        internal_config: true,
        external_config: false,
        read_metadata_only: true,
        read_watched_fields: {},
        read_ignore_users: ignored,
        write_metadata_only: true,
        write_log_diffs: false,
        write_watched_indices: [],
        write_ignore_users: ignored,
      },
    },
  };
}
