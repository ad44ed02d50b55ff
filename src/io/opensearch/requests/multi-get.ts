/** Reads documents by their ids: in real time, so what was acknowledged is seen although no search finds it yet. */
import { type Decision, type Outcome, retrying } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import type { DocumentVersion } from "../../../chat/plan";
import { roomLog } from "../../../log";
import { logged } from "../../retry";
import type { OpenSearchAnswer, OpenSearchClient } from "./client";
import { type ErrorCause } from "./error-cause";
import { decideItem, decideNoAnswer, decideRequest, OPENSEARCH_BACK_OFF } from "./retry";

const log = roomLog("opensearch");

/** Documents of one request, which with vectors take some megabytes. */
const MAX_IDS = 200;

/** The fields to read: all, none, or these. */
export type Fields = "all" | "none" | readonly string[];

export interface Found<S> {
  readonly id: string;
  readonly version: DocumentVersion;
  /** OpenSearch's own count of writings, or the number that whoever wrote the document has given. */
  readonly versionNumber?: number;
  readonly source: S;
}

export interface GetPolicy {
  readonly index: string;
  readonly fields: Fields;
  readonly maxRetryDurationMs?: number | undefined;
  readonly signal?: AbortSignal;
}

interface GetItem {
  readonly _id: string;
  readonly found?: boolean;
  readonly _version?: number;
  readonly _seq_no?: number;
  readonly _primary_term?: number;
  readonly _source?: unknown;
  readonly error?: ErrorCause;
}

/** Resolves with one document for each id, in order; undefined for one that is not there. */
export async function multiGet<S>(
  client: OpenSearchClient,
  ids: readonly string[],
  policy: GetPolicy,
): Promise<readonly (Found<S> | undefined)[]> {
  const found: (Found<S> | undefined)[] = [];
  for (let from = 0; from < ids.length; from += MAX_IDS) {
    const items = await getOnce(client, ids.slice(from, from + MAX_IDS), policy);
    found.push(...items.map((item) => foundOf<S>(item)));
  }
  return found;
}

function getOnce(
  client: OpenSearchClient,
  ids: readonly string[],
  { index, fields, maxRetryDurationMs, signal }: GetPolicy,
): Promise<readonly GetItem[]> {
  const source = typeof fields === "string" ? { _source: fields === "all" } : { _source_includes: fields.join(",") };
  const request = { method: "POST", path: `/${index}/_mget`, query: source, json: { ids } } as const;
  return retrying(
    () => client.request(request),
    (outcome) => decide(outcome, ids.length),
    {
      backOff: OPENSEARCH_BACK_OFF,
      signal,
      bounds: {
        maxDurationMs: maxRetryDurationMs,
        giveUp: ({ failingForMs, why }) => {
          const seconds = Math.round(failingForMs / 1_000);
          throw new JobError(
            "PIPELINE",
            `OpenSearch did not give ${ids.length} documents for ${seconds} s (${why}): look at the cluster's health.`,
          );
        },
      },
      ...logged(log, "OpenSearch", { index, documents: ids.length }),
    },
  );
}

function decide(outcome: Outcome<OpenSearchAnswer>, count: number): Decision<readonly GetItem[]> {
  if (outcome.kind === "failure") return decideNoAnswer(outcome.error);
  const decision = decideRequest(outcome.answer);
  if (decision.kind === "retry") {
    return { kind: "again", why: decision.why, retryAfterMs: outcome.answer.retryAfterMs };
  }
  if (decision.kind === "fatal") return { kind: "fatal", error: new JobError(decision.code, decision.message) };
  if (decision.kind === "split") {
    const sentence = `OpenSearch refuses to read documents by their ids (${decision.why}): check the index.`;
    return { kind: "fatal", error: new JobError("INDEX_MISFIT", sentence) };
  }
  const { docs = [] } = (outcome.answer.body ?? {}) as { readonly docs?: readonly GetItem[] };
  if (docs.length !== count) return { kind: "again", why: "an answer without all of its documents" };
  for (const { error } of docs) {
    // An index that was deleted holds nothing; a write makes it again, or says why not.
    if (error === undefined || error.type === "index_not_found_exception") continue;
    const item = decideItem({ status: 404, error }, "", "");
    if (item.kind === "fatal") return { kind: "fatal", error: new JobError(item.code, item.message) };
    return { kind: "again", why: error.type ?? "no type" };
  }
  return { kind: "done", value: docs };
}

function foundOf<S>({ _id, found, _version, _seq_no, _primary_term, _source }: GetItem): Found<S> | undefined {
  if (found !== true) return undefined;
  const version = { seqNo: _seq_no ?? 0, primaryTerm: _primary_term ?? 0 };
  return { id: _id, version, source: _source as S, ...(_version === undefined ? {} : { versionNumber: _version }) };
}
