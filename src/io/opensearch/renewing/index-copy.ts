/** Copies an index of the job's own beside it; the copy gets its names in one step. */
import { JobError } from "../../../chat/errors";
import type { OpenSearchAnswer, OpenSearchClient, OpenSearchRequest } from "../requests/client";
import type { IndexMeta } from "../indexes/index-meta";
import { isOurs } from "../indexes/index-version";
import { type FieldMapping, type IndexDefinition, OWNER } from "../indexes/mapping";
import { patiently, refusal } from "../requests/patiently";
import { blockWrites, writesOf } from "./write-block";

/** The index itself, by whatever name it was asked for. */
export interface OldIndex {
  readonly name: string;
  readonly aliases: Readonly<Record<string, object>>;
  readonly mappings: { readonly _meta?: IndexMeta; readonly properties?: Readonly<Record<string, FieldMapping>> };
  readonly settings: { readonly index: Readonly<Record<string, unknown>> };
}

/** The mark on a copy, by which an interrupted command knows it again. */
interface CopyMeta extends IndexMeta {
  readonly copyOf?: string;
  /** OpenSearch's own id of that index: another one may have had its name before. */
  readonly copyOfUuid?: unknown;
  /** The writes that index had had, of a copy that is outdated by any other. */
  readonly copyOfWrites?: string | undefined;
}

/** Settings by which the job's indexes may differ. */
const KEPT_SETTINGS = ["number_of_shards", "number_of_replicas", "auto_expand_replicas"] as const;
/** Settings that the copy gets at its end: no pipeline changes a document twice, and nobody searches a part of it. */
const LAST_SETTINGS = ["refresh_interval", "default_pipeline", "final_pipeline"] as const;
/** A write that is under way when the block is set ends in seconds. */
const MAX_ROUNDS = 5;
/** Messages that a document may hold by OpenSearch's default. */
const NESTED_LIMIT = 10_000;

/** Rejects with INDEX_MISFIT when there is no such index, or several, or one that is not the job's. */
export async function lookAtOwn(client: OpenSearchClient, index: string): Promise<OldIndex> {
  const answer = await patiently(client, { method: "GET", path: `/${index}` });
  if (answer.status === 404) {
    throw new JobError(
      "INDEX_MISFIT",
      `There is no index "${index}": name the one that the job writes to with --index.`,
    );
  }
  const all = ok("look at", index, answer) as Record<string, Omit<OldIndex, "name">>;
  const [first, ...others] = Object.entries(all);
  if (first === undefined || others.length > 0) {
    throw new JobError(
      "INDEX_MISFIT",
      `"${index}" is an alias of several indexes: go through each of them by its own name (--index).`,
    );
  }
  const [name, old] = first;
  if (isOurs(old.mappings._meta)) return { ...old, name };
  throw new JobError(
    "INDEX_MISFIT",
    `Index "${name}" was not made by the job, so its form is yours to change: create one of the form that you want, and copy the documents with _reindex.`,
  );
}

/** The name without what earlier copies have added to it. */
export function baseName(name: string): string {
  return name.replace(/-v\d+(-titan-[a-z0-9-]+)?$/, "");
}

/** All names that the copy gets: those of the old index, and its own if it was asked for by that. */
export function namesOf(old: OldIndex, index: string): readonly string[] {
  return [...(old.name === index ? [index] : []), ...Object.keys(old.aliases)];
}

/** `form` with the old index's number of shards and copies, and the fields that others have added. */
export function copyForm(old: OldIndex, { settings, mappings }: IndexDefinition): IndexDefinition {
  const { properties = {}, _meta: meta } = old.mappings;
  return {
    settings: { ...settings, ...settingsOf(old, KEPT_SETTINGS) },
    mappings: {
      ...mappings,
      _meta: { ...meta, ...mappings._meta, ...OWNER },
      properties: { ...properties, ...mappings.properties },
    },
  };
}

function settingsOf({ settings }: OldIndex, names: readonly string[]): Readonly<Record<string, unknown>> {
  const given = names.filter((name) => settings.index[name] !== undefined);
  return Object.fromEntries(given.map((name) => [`index.${name}`, settings.index[name]]));
}

export interface Copy {
  readonly from: string;
  readonly to: string;
}

/**
 * Makes the new index, which nobody finds a part of by a search. One that is there from an interrupted command stays,
 * unless it was made when the index had had other writes than `writes`: then it is made anew. Rejects with INDEX_MISFIT
 * when the name is another index's.
 */
export async function makeCopy(
  client: OpenSearchClient,
  { name: from, settings: { index: own } }: OldIndex,
  to: string,
  { settings, mappings }: IndexDefinition,
  writes?: string,
): Promise<void> {
  const there = await patiently(client, { method: "GET", path: `/${to}` });
  if (there.status === 200) {
    const meta = (there.body as Record<string, { mappings: { _meta?: CopyMeta } }>)[to]?.mappings._meta;
    if (meta?.copyOf !== from) {
      throw new JobError(
        "INDEX_MISFIT",
        `There is an index "${to}" already, which is no copy: rename or delete it first.`,
      );
    }
    const isOutdated = writes !== undefined && meta.copyOfWrites !== writes;
    if (!isOutdated && meta.copyOfUuid === own["uuid"]) return;
    await must(client, "delete the outdated copy", { method: "DELETE", path: `/${to}` });
  }
  const copyMeta: CopyMeta = { ...mappings._meta, copyOf: from, copyOfUuid: own["uuid"], copyOfWrites: writes };
  await must(client, "create", {
    ...{ method: "PUT", path: `/${to}` },
    json: {
      settings: { ...settings, "index.refresh_interval": "-1", ...(await nestedLimit(client, from)) },
      mappings: { ...mappings, _meta: copyMeta },
    },
  });
}

/** Room for documents with more messages than OpenSearch takes by default, which an older version wrote. */
async function nestedLimit(client: OpenSearchClient, from: string): Promise<Readonly<Record<string, number>>> {
  const json = { size: 0, aggs: { most: { max: { field: "messageCount" } } } };
  const found = await must(client, "search", { method: "POST", path: `/${from}/_search`, json });
  const { aggregations } = found as { readonly aggregations?: { readonly most?: { readonly value?: number | null } } };
  const most = aggregations?.most?.value ?? 0;
  return most > NESTED_LIMIT ? { "index.mapping.nested_objects.limit": most } : {};
}

export function isBlocked({ settings }: OldIndex): boolean {
  const blocks = (settings.index["blocks"] ?? {}) as Readonly<Record<string, unknown>>;
  return String(blocks["write"]) === "true";
}

/**
 * Blocks writes, has `bring` bring over what the copy lacks, and switches. Goes round again when a write that was under
 * way came through meanwhile. `bring` is told which writes the index has had; a search finds them.
 */
export async function blockAndSwitch(
  client: OpenSearchClient,
  copy: Copy & { readonly names: readonly string[] },
  old: OldIndex,
  bring: (writes: string) => Promise<void>,
): Promise<void> {
  const { from } = copy;
  await blockWrites(client, from);
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const writes = await writesOf(client, from);
    await must(client, "refresh", { method: "POST", path: `/${from}/_refresh` });
    await bring(writes);
    if (await switchTo(client, copy, old, writes)) return;
  }
  throw new JobError(
    "SERVICE_UNREACHABLE",
    `Index "${from}" is written to although writes are blocked: see that nobody takes index.blocks.write off, and run the same command again, which goes on.`,
  );
}

/**
 * Deletes the old index and gives the copy its names, in one step. False when it has had other writes than `writes`.
 * Rejects when they hold different numbers of documents.
 */
async function switchTo(
  client: OpenSearchClient,
  { from, to, names }: Copy & { readonly names: readonly string[] },
  old: OldIndex,
  writes: string,
): Promise<boolean> {
  const [had, has] = [await sizeOf(client, from), await sizeOf(client, to)];
  if ((await writesOf(client, from)) !== writes) return false;
  if (had.documents !== has.documents) {
    throw new JobError(
      "SERVICE_UNREACHABLE",
      `The copy "${to}" has ${has.documents} of ${had.documents} documents: run the same command again, which goes on.`,
    );
  }
  await must(client, "finish the copy", {
    ...{ method: "PUT", path: `/${to}/_settings` },
    json: { "index.refresh_interval": null, ...settingsOf(old, LAST_SETTINGS) },
  });
  await must(client, "give the copy the index's names", {
    ...{ method: "POST", path: "/_aliases" },
    json: {
      actions: [
        { remove_index: { index: from } },
        ...names.map((alias) => ({ add: { index: to, alias, ...old.aliases[alias] } })),
      ],
    },
  });
  return true;
}

export interface IndexSize {
  readonly documents: number;
  /** Size of the primary shards alone. */
  readonly bytes: number;
}

/** Counts what a search would find. */
export async function sizeOf(client: OpenSearchClient, index: string): Promise<IndexSize> {
  await must(client, "refresh", { method: "POST", path: `/${index}/_refresh` });
  const path = `/${index}/_count`;
  const { count, _shards: shards } = (await must(client, "count", { method: "GET", path })) as {
    readonly count: number;
    readonly _shards: { readonly total: number; readonly successful: number };
  };
  // A shard that no node has is no failure.
  if (shards.successful < shards.total) {
    throw new JobError(
      "SERVICE_UNREACHABLE",
      `OpenSearch could not count all of "${index}" (${shards.successful} of ${shards.total} shards answered): look at the cluster's health, and run the same command again, which goes on.`,
    );
  }
  const stats = await must(client, "measure", { method: "GET", path: `/${index}/_stats/store` });
  const { _all: all } = stats as {
    readonly _all?: { readonly primaries?: { readonly store?: { readonly size_in_bytes?: number } } };
  };
  return { documents: count, bytes: all?.primaries?.store?.size_in_bytes ?? 0 };
}

/** Documents of a copy so far; 0 when there is none. */
export async function copiedCount(client: OpenSearchClient, to: string): Promise<number> {
  const isThere = (await patiently(client, { method: "GET", path: `/${to}` })).status === 200;
  return isThere ? (await sizeOf(client, to)).documents : 0;
}

/** Resolves with the answer's body. Rejects as `refusal` says. */
export async function must(client: OpenSearchClient, what: string, request: OpenSearchRequest): Promise<unknown> {
  return ok(what, request.path, await patiently(client, request));
}

function ok(what: string, path: string, answer: OpenSearchAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw refusal(`${what} (${path})`, answer);
}
