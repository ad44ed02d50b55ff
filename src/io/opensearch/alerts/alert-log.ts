/** Reads the log of alerts, for a person who waits. */
import { JobError } from "../../../chat/errors";
import type { AlertDocument } from "./alert-document";
import { ask } from "../requests/ask";
import type { OpenSearchClient, OpenSearchRequest } from "../requests/client";
import { errorCause } from "../requests/error-cause";

export interface AlertFilter {
  readonly kind?: string | undefined;
  readonly lane?: string | undefined;
  /** Any of them. */
  readonly severities?: readonly string[] | undefined;
  /** `keyHash` of a user or session key. */
  readonly keyHash?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** The newest alerts that pass the filter, and the number of all of them. */
export async function listAlerts(
  client: OpenSearchClient,
  index: string,
  filter: AlertFilter,
  limit: number,
): Promise<{ readonly total: number; readonly alerts: readonly AlertDocument[] }> {
  const json = {
    size: limit,
    query: { bool: { filter: clausesOf(filter) } },
    sort: [{ time: "desc" }, { id: "asc" }],
    track_total_hits: true,
  };
  const body = await askLog(client, index, { method: "POST", path: `/${index}/_search`, json });
  if (body === undefined) return { total: 0, alerts: [] };
  const { hits } = body as { hits: { total: { value: number }; hits: readonly { _source: AlertDocument }[] } };
  return { total: hits.total.value, alerts: hits.hits.map(({ _source }) => _source) };
}

/** One alert, as soon as it is written; undefined when there is none with that id. */
export async function getAlert(
  client: OpenSearchClient,
  index: string,
  id: string,
): Promise<AlertDocument | undefined> {
  const path = `/${index}/_doc/${encodeURIComponent(id)}`;
  const body = await askLog(client, index, { method: "GET", path });
  return (body as { readonly _source?: AlertDocument } | undefined)?._source;
}

function clausesOf({ kind, lane, severities, keyHash, fromMs, toMs }: AlertFilter): readonly object[] {
  const term = (field: string, value: string | undefined): object[] =>
    value === undefined ? [] : [{ term: { [field]: { value } } }];
  const range = {
    ...(fromMs === undefined ? {} : { gte: new Date(fromMs).toISOString() }),
    ...(toMs === undefined ? {} : { lt: new Date(toMs).toISOString() }),
  };
  return [
    ...term("kind", kind),
    ...term("lane", lane),
    ...(severities === undefined ? [] : [{ terms: { severity: severities } }]),
    ...(keyHash === undefined
      ? []
      : [{ bool: { should: [...term("userHash", keyHash), ...term("sessionKeyHash", keyHash)] } }]),
    ...(Object.keys(range).length === 0 ? [] : [{ range: { time: range } }]),
  ];
}

/** Undefined when there is no such index or document. */
async function askLog(client: OpenSearchClient, index: string, request: OpenSearchRequest): Promise<unknown> {
  const { status, body } = await ask(client, index, request);
  if (status === 404) return undefined;
  if (status === 200) return body;
  const type = errorCause(body).type ?? "no type";
  throw new JobError(
    "SERVICE_UNREACHABLE",
    `OpenSearch could not read index "${index}" (status ${status}, ${type}): try again.`,
  );
}
