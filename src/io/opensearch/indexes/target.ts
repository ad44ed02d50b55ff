/** Looks at an index that the job writes to, and asks whether it takes and finds the job's documents. */
import { retrying, unlessFailed } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import { ITEM_FIELDS, itemsOf } from "../requests/bulk";
import type { OpenSearchAnswer, OpenSearchClient } from "../requests/client";
import { refusedKey } from "./index-key";
import type { IndexMeta } from "./index-meta";
import { isOurs, refusedVersion, renewedMeta } from "./index-version";
import { type FieldMapping, type IndexDefinition, type Target } from "./mapping";
import { embeddingMisfits, misfits, missingFields } from "./mapping-fit";
import { MAX_ATTEMPTS, patiently, refusal, unavailable } from "../requests/patiently";
import { semanticSearch } from "../queries/query";
import { type ErrorCause, errorCause } from "../requests/error-cause";
import { OPENSEARCH_BACK_OFF } from "../requests/retry";
import { decideProbe, PROBE_ID, probeRequest, sampleVector, type Verdict } from "./target-probe";

/** The meaning of a target's name. */
export interface Look {
  /** The index itself, or all indexes of an alias. */
  readonly names: ReadonlySet<string>;
  readonly isAlias: boolean;
  /** True when the job made them all. */
  readonly isOwn: boolean;
}

interface ExistingMapping {
  readonly _meta?: IndexMeta;
  readonly properties?: Readonly<Record<string, FieldMapping>>;
}

/** Body of a request that adds fields to an index, and to what it tells of itself. */
interface Renewal {
  readonly properties?: Readonly<Record<string, FieldMapping>>;
  readonly _meta?: object;
}

/** A look, and what indexes of the job's own lack that an older version made. */
export interface Read extends Look {
  readonly renewals: readonly { readonly index: string; readonly json: Renewal }[];
}

/**
 * Resolves with undefined when there is no such index; changes nothing. Rejects with INDEX_MISFIT when documents do not
 * fit, and as `refusal` says.
 */
export async function readTarget(
  client: OpenSearchClient,
  target: Target,
  signal?: AbortSignal,
): Promise<Read | undefined> {
  const { index, definition } = target;
  const answer = await patiently(client, { method: "GET", path: `/${index}/_mapping` }, signal);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusal(`read the mapping of index "${index}"`, answer);
  const mappings = Object.entries(answer.body as Record<string, { mappings: ExistingMapping }>);
  const renewals = mappings.flatMap(([name, { mappings: existing }]) => {
    // By the alias if it has one index: the user knows that name, and the job's rights may be to its paths only.
    const given = mappings.length === 1 ? index : name;
    refuseMisfit(given, definition, existing);
    const json = isOurs(existing._meta) ? lacking(definition, existing) : undefined;
    return json === undefined ? [] : [{ index: given, json }];
  });
  const names = new Set(mappings.map(([name]) => name));
  return {
    names,
    isAlias: !names.has(index),
    isOwn: mappings.every(([, { mappings: existing }]) => isOurs(existing._meta)),
    renewals,
  };
}

/** Does the same, and gives an index of the job's own the fields that an older version did not know. */
export async function lookAt(
  client: OpenSearchClient,
  target: Target,
  signal?: AbortSignal,
): Promise<Look | undefined> {
  return renewed(client, target, await readTarget(client, target, signal), signal);
}

/** Gives an index that was read the fields that it lacks. Rejects as `readTarget` does. */
export async function renewed(
  client: OpenSearchClient,
  target: Target,
  read: Read | undefined,
  signal?: AbortSignal,
): Promise<Look | undefined> {
  for (const { index, json } of read?.renewals ?? []) {
    const put = await patiently(client, { method: "PUT", path: `/${index}/_mapping`, json });
    if (put.status !== 200) throw refusal(`add fields to index "${index}"`, put);
  }
  // Another job may have told another key or other vectors at the same time.
  return read === undefined || read.renewals.length === 0 ? read : readTarget(client, target, signal);
}

/** The target with the fields only that its indexes have before they are renewed. */
export function unrenewed({ index, definition }: Target, { renewals }: Read): Target {
  const lacked = new Set(renewals.flatMap(({ json }) => Object.keys(json.properties ?? {})));
  const known = Object.entries(definition.mappings.properties).filter(([field]) => !lacked.has(field));
  const mappings = { ...definition.mappings, properties: Object.fromEntries(known) };
  return { index, definition: { ...definition, mappings } };
}

/** Throws INDEX_MISFIT when documents do not fit into the index called `name`, even after a renewal. */
function refuseMisfit(name: string, { mappings: wanted }: IndexDefinition, existing: ExistingMapping): void {
  const { _meta: meta, properties = {} } = existing;
  const age = refusedVersion(name, meta, wanted.properties, properties);
  if (age !== undefined) throw new JobError("INDEX_MISFIT", age);
  const ofKey = refusedKey(name, wanted._meta, meta);
  if (ofKey !== undefined) throw new JobError("INDEX_MISFIT", ofKey);
  const ofVectors = embeddingMisfits(wanted._meta, meta);
  const reasons = [...ofVectors, ...misfits(wanted.properties, properties, { mayLack: isOurs(meta) })];
  if (reasons.length === 0) return;
  const cure =
    ofVectors.length > 0 && isOurs(meta)
      ? "Give another index, or have its documents embedded anew by npm run renew -- run with these options"
      : "Give another index, or delete this one so that it is created anew";
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : "";
  throw new JobError("INDEX_MISFIT", `Index "${name}" does not fit the documents: ${reasons[0]}${more}. ${cure}.`);
}

/** The fields that an index of an older version lacks, and what it should tell of itself; undefined when it has all. */
function lacking({ mappings: wanted }: IndexDefinition, existing: ExistingMapping): Renewal | undefined {
  const properties = missingFields(wanted.properties, existing.properties ?? {});
  const meta = renewedMeta(wanted._meta, existing._meta);
  const hasFields = Object.keys(properties).length > 0;
  if (!hasFields && meta === undefined) return undefined;
  return { ...(hasFields ? { properties } : {}), ...(meta === undefined ? {} : { _meta: meta }) };
}

/**
 * Resolves when the target takes documents: on the shard of the document `beside`, if given. `document` is false where
 * a pipeline decided about the probe. Rejects with INDEX_MISFIT or ACCESS_DENIED when no document will ever be taken,
 * and with SERVICE_UNREACHABLE when none is just now. `signal` ends the waiting.
 */
export function checkWrites(
  client: OpenSearchClient,
  { index, definition }: Target,
  { names, isAlias }: Look,
  { beside, signal }: { readonly beside?: string; readonly signal?: AbortSignal } = {},
): Promise<{ readonly document: boolean }> {
  const request = probeRequest({ index, definition }, isAlias, beside);
  const query = { ...request.query, filter_path: ITEM_FIELDS };
  return retrying(
    async (): Promise<Verdict> => {
      const answer = await patiently(client, { ...request, query }, signal);
      if (answer.status !== 200) throw refusal(`write to index "${index}"`, answer);
      return decideProbe(index, names, itemsOf(answer.body));
    },
    unlessFailed((verdict, { failures }) => {
      switch (verdict.kind) {
        case "takes":
          return { kind: "done", value: { document: verdict.document } };
        case "refuses":
          return { kind: "fatal", error: new JobError(verdict.code, verdict.message) };
        case "again":
          if (failures < MAX_ATTEMPTS) return verdict;
          return { kind: "fatal", error: unavailable("OpenSearch", verdict.why) };
      }
    }),
    { backOff: OPENSEARCH_BACK_OFF, signal },
  );
}

/**
 * Asks as a search does, about nobody's documents: fails for an index without `index.knn`, and for an engine that
 * cannot filter. Credentials that may not search are no hindrance to the job. Rejects with INDEX_MISFIT.
 */
export async function checkSearch(client: OpenSearchClient, { index }: Target, dimension: number): Promise<void> {
  const json = semanticSearch(sampleVector(dimension), { userId: PROBE_ID, inMessages: false }, 1);
  const answer = await patiently(client, { method: "POST", path: `/${index}/_search`, json });
  const cause = refusedSearch(answer);
  if (cause === undefined) return;
  throw new JobError("INDEX_MISFIT", noVectorSearch(index, cause.reason ?? "no reason"));
}

/** Why a search of vectors is refused for good. */
export function noVectorSearch(index: string, reason: string): string {
  return `Index "${index}" cannot be searched by vectors (${reason}): let the job create it, or create it with "index.knn": true and the k-NN engine lucene or faiss before its first document.`;
}

/** An alias may fail in some of its indexes only. */
function refusedSearch({ status, body }: OpenSearchAnswer): ErrorCause | undefined {
  if (status === 400) {
    const cause = errorCause(body);
    return cause.root_cause?.[0] ?? cause;
  }
  const { _shards: shards } = (body ?? {}) as { _shards?: { failures?: readonly { reason?: ErrorCause }[] } };
  return shards?.failures?.find(({ reason }) => reason?.type === "query_shard_exception")?.reason;
}
