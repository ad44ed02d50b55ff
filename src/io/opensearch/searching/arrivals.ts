/** Finds sessions and alerts that the job wrote lately, for a person who watches. */
import { JobError } from "../../../chat/errors";
import type { AlertDocument } from "../alerts/alert-document";
import type { OpenSearchClient } from "../requests/client";
import { multiAnswers, type RawHit } from "./multi-search";
import { newestSearch } from "../queries/query";
import type { SessionOutline } from "./whole-session";

export interface Arrived<T> {
  /** How many were written since the given time. */
  readonly total: number;
  /** The newest of them, and of those before, the newest first. */
  readonly newest: readonly T[];
}

export interface ArrivedSession {
  readonly id: string;
  readonly document: SessionOutline & { readonly indexedAt: string };
}

type OwnDocument = ArrivedSession["document"];

/** Rejects with a `JobError`, as the following does. */
export async function arrivedSessions(
  client: OpenSearchClient,
  index: string,
  sinceMs: number,
  limit: number,
): Promise<Arrived<ArrivedSession>> {
  const { total, newest } = await arrived(client, index, newestSearch(limit), { field: "indexedAt", sinceMs, limit });
  return { total, newest: newest.map(({ _id, _source }) => ({ id: _id, document: _source as OwnDocument })) };
}

/** Finds no alerts where there is no log of them. */
export async function arrivedAlerts(
  client: OpenSearchClient,
  index: string,
  sinceMs: number,
  limit: number,
): Promise<Arrived<AlertDocument>> {
  const search = { size: limit, track_total_hits: false, sort: [{ writtenAt: "desc" }, { id: "asc" }] };
  try {
    const found = await arrived(client, index, search, { field: "writtenAt", sinceMs, limit });
    return { total: found.total, newest: found.newest.map(({ _source }) => _source as AlertDocument) };
  } catch (error) {
    if (error instanceof JobError && error.code === "INDEX_MISFIT") return { total: 0, newest: [] };
    throw error;
  }
}

/** Returns the ids whose sessions are there, with the times of their last writing. Rejects with a `JobError`. */
export async function writingsOf(
  client: OpenSearchClient,
  index: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const [found] = await multiAnswers(client, index, [{ ...searchOf(ids), _source: ["indexedAt"] }]);
  const writtenAt = ({ _source }: { readonly _source: unknown }): string => (_source as OwnDocument).indexedAt;
  return new Map(found!.hits.map((hit) => [hit._id, writtenAt(hit)]));
}

/** Returns the ids whose alerts are in the log; none where there is no log. Rejects with a `JobError`. */
export async function loggedAlerts(
  client: OpenSearchClient,
  index: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  try {
    const [found] = await multiAnswers(client, index, [{ ...searchOf(ids), _source: false }]);
    return new Set(found!.hits.map(({ _id }) => _id));
  } catch (error) {
    if (error instanceof JobError && error.code === "INDEX_MISFIT") return new Set();
    throw error;
  }
}

function searchOf(ids: readonly string[]): object {
  return { size: ids.length, track_total_hits: false, query: { ids: { values: ids } } };
}

/**
 * Carries out a search without a query. Those since then are counted and found by one search, because what is refreshed
 * between two would be in one of them only.
 */
async function arrived(
  client: OpenSearchClient,
  index: string,
  search: object,
  { field, sinceMs, limit }: { readonly field: string; readonly sinceMs: number; readonly limit: number },
): Promise<Arrived<RawHit>> {
  const since = new Date(sinceMs).toISOString();
  const [after, before] = await multiAnswers(client, index, [
    { ...search, track_total_hits: true, query: { range: { [field]: { gte: since } } } },
    { ...search, query: { range: { [field]: { lt: since } } } },
  ]);
  return { total: after!.total!.value, newest: [...after!.hits, ...before!.hits].slice(0, limit) };
}
