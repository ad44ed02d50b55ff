import { type Decision, type Failing, type Outcome, retrying } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import {
  NoAnswer,
  openSearchClient,
  type OpenSearchAnswer,
  type OpenSearchClient,
  type OpenSearchRequest,
} from "./client";
import { deadLetterIndex, documentIndex, type FieldMapping, type IndexDefinition, misfits, OWNER } from "./mapping";
import { decideNoAnswer, decideRequest, errorCause, OPENSEARCH_BACK_OFF } from "./retry";
import type { OpenSearchSettings } from "./settings";

interface ClusterFacts {
  readonly version: string;
  /** True when the cluster has the analysis-icu plugin. */
  readonly icu: boolean;
}

/** The first major version whose managed domains have k-NN that takes our mapping. */
const OLDEST_MAJOR = 2;
const MAX_ATTEMPTS = 6;

/**
 * Does everything that must happen before the first write. Checks that the cluster answers, takes the credentials and
 * can hold vectors. Creates both indexes, each with a template that gives it the same form if it is ever created again.
 * An existing index stays as it is; one of ours only gets the fields that an older version did not know. Rejects with
 * SERVICE_UNREACHABLE, NO_CREDENTIALS, ACCESS_DENIED, INDEX_UNSUPPORTED, or, naming the field, with INDEX_MISFIT when
 * documents would not fit.
 */
export async function prepareOpenSearch(settings: OpenSearchSettings): Promise<ClusterFacts> {
  refuseServerless(settings.connection.endpoint);
  return withClient(settings, async (client) => {
    const facts = await checkCluster(client, settings);
    await ensure(client, settings.index, documentIndex(settings, facts.icu));
    await ensure(client, settings.deadLetterIndex, deadLetterIndex(settings));
    return facts;
  });
}

async function withClient<T>(settings: OpenSearchSettings, work: (client: OpenSearchClient) => Promise<T>): Promise<T> {
  const client = openSearchClient(settings.connection);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Serverless vector collections refuse ids of one's own, and the other kinds of collection have no vectors. */
function refuseServerless(endpoint: string): void {
  if (!new URL(endpoint).hostname.includes(".aoss.")) return;
  throw new JobError(
    "INDEX_UNSUPPORTED",
    "OpenSearch Serverless cannot hold the documents: its vector collections refuse document ids of one's own, without which a replay would store sessions twice. Use a managed OpenSearch domain.",
  );
}

async function checkCluster(client: OpenSearchClient, settings: OpenSearchSettings): Promise<ClusterFacts> {
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
      `OpenSearch at ${hostOf(endpoint)} refused the credentials (status ${answer.status}): check --auth, and the domain's access policy and role mapping.`,
    );
  }
  if (decideRequest(answer).kind === "retry") throw unavailable(`OpenSearch at ${hostOf(endpoint)}`, answer);
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

async function ensure(client: OpenSearchClient, index: string, definition: IndexDefinition): Promise<void> {
  if (await fitsExisting(client, index, definition)) return;
  await putTemplate(client, index, definition);
  const created = await patiently(client, { method: "PUT", path: `/${index}`, json: definition });
  const cause = errorCause(created.body);
  if (cause.type === "resource_already_exists_exception") {
    await fitsExisting(client, index, definition);
    return;
  }
  if (created.status !== 200) throw refusal(`create index "${index}"`, created);
}

/** False when there is no such index. Rejects with INDEX_MISFIT. */
async function fitsExisting(client: OpenSearchClient, index: string, definition: IndexDefinition): Promise<boolean> {
  const answer = await patiently(client, { method: "GET", path: `/${index}/_mapping` });
  if (answer.status === 404) return false;
  if (answer.status !== 200) throw refusal(`read the mapping of index "${index}"`, answer);
  const mappings = answer.body as Record<string, { mappings: ExistingMapping }>;
  // An alias may lead to more than one.
  for (const [name, { mappings: existing }] of Object.entries(mappings)) {
    const missing = existing._meta?.application === OWNER.application ? missingFields(definition, existing) : {};
    const reasons = misfits(definition.mappings.properties, { ...existing.properties, ...missing });
    if (reasons.length === 0) {
      await addFields(client, name, missing);
      continue;
    }
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : "";
    throw new JobError(
      "INDEX_MISFIT",
      `Index "${name}" does not fit the documents: ${reasons[0]}${more}. Give another index, or delete this one so that it is created anew.`,
    );
  }
  return true;
}

interface ExistingMapping {
  readonly _meta?: { readonly application?: string };
  readonly properties?: Readonly<Record<string, FieldMapping>>;
}

function missingFields(definition: IndexDefinition, existing: ExistingMapping): Record<string, FieldMapping> {
  const wanted = Object.entries(definition.mappings.properties);
  return Object.fromEntries(wanted.filter(([field]) => existing.properties?.[field] === undefined));
}

async function addFields(
  client: OpenSearchClient,
  index: string,
  properties: Readonly<Record<string, FieldMapping>>,
): Promise<void> {
  if (Object.keys(properties).length === 0) return;
  const put = await patiently(client, { method: "PUT", path: `/${index}/_mapping`, json: { properties } });
  if (put.status !== 200) throw refusal(`add fields to index "${index}"`, put);
}

/** Leaves a template of the same name alone when it is not ours. */
async function putTemplate(client: OpenSearchClient, index: string, definition: IndexDefinition): Promise<void> {
  const path = `/_index_template/${OWNER.application}-${index}`;
  const existing = await patiently(client, { method: "GET", path });
  const owner = (existing.body as { index_templates?: { index_template?: { _meta?: { application?: string } } }[] })
    .index_templates?.[0]?.index_template?._meta?.application;
  if (existing.status === 200 && owner !== OWNER.application) return;
  const json = { index_patterns: [index], priority: 500, template: definition, _meta: OWNER };
  const put = await patiently(client, { method: "PUT", path, json });
  if (put.status !== 200) throw refusal(`create the template of index "${index}"`, put);
}

function refusal(what: string, answer: OpenSearchAnswer): JobError {
  const decision = decideRequest(answer);
  if (decision.kind === "fatal" && decision.code === "ACCESS_DENIED") {
    return new JobError(
      "ACCESS_DENIED",
      `The credentials may not ${what} (status ${answer.status}): allow it, or create it beforehand.`,
    );
  }
  if (decision.kind === "retry") return unavailable("OpenSearch", answer);
  const { type = "no type", reason = "no reason" } = errorCause(answer.body);
  return new JobError(
    "INDEX_UNSUPPORTED",
    `OpenSearch would not ${what} (status ${answer.status}, ${type}): ${reason}`,
  );
}

function unavailable(who: string, { status }: OpenSearchAnswer): JobError {
  return new JobError(
    "SERVICE_UNREACHABLE",
    `${who} cannot do its work just now (status ${status}): look at the cluster's health.`,
  );
}

/** Waits some seconds for trouble that passes, such as a cluster that is still recovering. */
function patiently(client: OpenSearchClient, request: OpenSearchRequest): Promise<OpenSearchAnswer> {
  return retrying(() => client.request(request), decidePatiently, { backOff: OPENSEARCH_BACK_OFF });
}

/** Decides to accept the last answer, whatever it is. */
function decidePatiently(outcome: Outcome<OpenSearchAnswer>, { failures }: Failing): Decision<OpenSearchAnswer> {
  const isLast = failures === MAX_ATTEMPTS;
  if (outcome.kind === "failure") {
    const decision = decideNoAnswer(outcome.error);
    if (decision.kind === "fatal" || !isLast) return decision;
    const message = `OpenSearch stopped answering (${decision.why}): check whether it runs.`;
    return { kind: "fatal", error: new JobError("SERVICE_UNREACHABLE", message, { cause: outcome.error }) };
  }
  const { answer } = outcome;
  const decision = decideRequest(answer);
  if (decision.kind !== "retry" || isLast) return { kind: "done", value: answer };
  return { kind: "again", why: decision.why, retryAfterMs: answer.retryAfterMs };
}

/** The host, without user and password. */
function hostOf(endpoint: string): string {
  return new URL(endpoint).host;
}
