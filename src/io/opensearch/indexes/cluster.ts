/** Checks that there is an OpenSearch that can hold vectors. */
import { JobError } from "../../../chat/errors";
import { NoAnswer, type OpenSearchAnswer, type OpenSearchClient } from "../requests/client";
import { denialDetail } from "../requests/denial";
import { patiently, unavailable } from "../requests/patiently";
import { decideRequest } from "../requests/retry";
import type { OpenSearchSettings } from "../settings";

export interface ClusterFacts {
  readonly version: string;
  /** True when the cluster has the analysis-icu plugin. */
  readonly icu: boolean;
}

/** The first major version whose managed domains have k-NN that takes our mapping. */
const OLDEST_MAJOR = 2;

/** Serverless vector collections refuse ids of one's own, and the other kinds of collection have no vectors. */
export function refuseServerless(endpoint: string): void {
  if (!new URL(endpoint).hostname.includes(".aoss.")) return;
  throw new JobError(
    "INDEX_UNSUPPORTED",
    "OpenSearch Serverless cannot hold the documents: its vector collections refuse document ids of one's own, without which a replay would store sessions twice. Use a managed OpenSearch domain.",
  );
}

/** Rejects with SERVICE_UNREACHABLE, NO_CREDENTIALS, ACCESS_DENIED or INDEX_UNSUPPORTED. */
export async function checkCluster(client: OpenSearchClient, settings: OpenSearchSettings): Promise<ClusterFacts> {
  const { endpoint } = settings.connection;
  let answer: OpenSearchAnswer;
  try {
    answer = await client.request({ method: "GET", path: "/" });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const message = `OpenSearch at ${hostOf(endpoint)} does not answer (${error.message}): check the endpoint, the network and whether it runs.`;
    throw new JobError("SERVICE_UNREACHABLE", message, { cause: error });
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new JobError(
      "ACCESS_DENIED",
      `OpenSearch at ${hostOf(endpoint)} refused the credentials (status ${answer.status}): check --auth, and the domain's access policy and role mapping.${denialDetail(answer.body)}`,
    );
  }
  const decision = decideRequest(answer);
  if (decision.kind === "retry") throw unavailable(`OpenSearch at ${hostOf(endpoint)}`, decision.why);
  const { number: version = "", distribution } = versionOf(answer.body);
  if (answer.status !== 200 || distribution !== "opensearch" || Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new JobError(
      "INDEX_UNSUPPORTED",
      `${hostOf(endpoint)} is not OpenSearch ${OLDEST_MAJOR} or newer (status ${answer.status}, version "${version}"): use another endpoint.`,
    );
  }
  const plugins = await pluginsOf(client);
  if (plugins !== undefined && !/knn/i.test(plugins)) {
    throw new JobError(
      "INDEX_UNSUPPORTED",
      `OpenSearch at ${hostOf(endpoint)} has no k-NN plugin, so it cannot hold vectors: install opensearch-knn, or use another endpoint.`,
    );
  }
  return { version, icu: /analysis-icu|AnalysisICUPlugin/i.test(plugins ?? "") };
}

function versionOf(body: unknown): { readonly number?: string; readonly distribution?: string } {
  return (body as { readonly version?: { number?: string; distribution?: string } } | undefined)?.version ?? {};
}

/** Returns the plugins' names; undefined without the right to ask. Creating the index then shows what is missing. */
async function pluginsOf(client: OpenSearchClient): Promise<string | undefined> {
  const answer = await patiently(client, { method: "GET", path: "/_cat/plugins", query: { format: "json" } });
  return answer.status === 200 ? JSON.stringify(answer.body) : undefined;
}

/** The host, without user and password. */
function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}
