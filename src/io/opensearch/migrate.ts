/**
 * Makes an index of an older version anew, under the names that it has.
 *
 * 1. Writes to the old index are blocked; it stays searchable. Whoever writes to it waits.
 * 2. OpenSearch copies its documents, with their ids, into a new index beside it. What an interrupted copy has brought
 *    over stays, because the block tells that nothing has changed since.
 * 3. If both hold as many documents, the old one is deleted and the new one gets its names, in one step.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../chat/errors";
import type { OpenSearchAnswer, OpenSearchClient, OpenSearchRequest } from "./client";
import { type IndexMeta, isOurs, isOutgrown, refusedVersion, versionOf } from "./index-version";
import { documentIndex, type FieldMapping, type IndexDefinition, OWNER } from "./mapping";
import { patiently, refusal } from "./patiently";
import { openSearchSettings } from "./settings";

export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Names that the new index will have. */
  readonly names: readonly string[];
  readonly documents: number;
  /** Size of the old index's primary shards. */
  readonly bytes: number;
  /** Documents that an interrupted migration has copied. */
  readonly copied: number;
}

interface OldIndex {
  readonly aliases: Readonly<Record<string, object>>;
  readonly mappings: { readonly _meta?: IndexMeta; readonly properties?: Readonly<Record<string, FieldMapping>> };
  readonly settings: { readonly index: Readonly<Record<string, unknown>> };
}

/** The mark on a copy, by which an interrupted migration knows it again. */
interface CopyMeta extends IndexMeta {
  readonly copyOf?: string;
}

/** Documents with vectors are some 25 KB; OpenSearch's own 1,000 would be read at once. */
const COPIED_AT_ONCE = 200;
const POLL_MS = 250;
/** Settings by which the job's indexes may differ. */
const KEPT_SETTINGS = ["number_of_shards", "number_of_replicas", "auto_expand_replicas"] as const;
/** Settings that the copy gets at its end: no pipeline changes a document twice, and nobody searches a part of it. */
const LAST_SETTINGS = ["refresh_interval", "default_pipeline", "final_pipeline"] as const;

/**
 * Says what `migrate` would do; undefined when the index fits as it is. Rejects with INDEX_MISFIT when it cannot be
 * made anew: there is none, or it is not the job's.
 */
export async function planMigration(
  client: OpenSearchClient,
  index: string,
  icu: boolean,
): Promise<Migration | undefined> {
  const { from, old } = await lookAtOld(client, index);
  const { _meta: meta, properties = {} } = old.mappings;
  const { mappings: wanted } = definitionOf(old, icu);
  if (!isOutgrown(meta, wanted.properties, properties)) {
    const newer = refusedVersion(index, meta, wanted.properties, properties);
    if (newer !== undefined) throw new JobError("INDEX_MISFIT", newer);
    return undefined;
  }
  const to = `${from.replace(/-v\d+$/, "")}-v${OWNER.version}`;
  return {
    ...{ from, to, fromVersion: versionOf(meta), toVersion: OWNER.version },
    names: [...(from === index ? [index] : []), ...Object.keys(old.aliases)],
    ...(await sizeOf(client, from)),
    copied: (await exists(client, to)) ? (await sizeOf(client, to)).documents : 0,
  };
}

/** Carries out what `planMigration` says. `onCopied` is told how many documents were copied so far. */
export async function migrate(
  client: OpenSearchClient,
  index: string,
  icu: boolean,
  onCopied: (documents: number) => void,
): Promise<Migration | undefined> {
  const plan = await planMigration(client, index, icu);
  if (plan === undefined) return undefined;
  const { from, to } = plan;
  const { old } = await lookAtOld(client, index);
  const wasBlocked = String(blocksOf(old)["write"]) === "true";
  await must(client, "block writes", {
    ...{ method: "PUT", path: `/${from}/_settings` },
    json: { "index.blocks.write": true },
  });
  await makeCopy(client, plan, old, icu, wasBlocked);
  await copy(client, plan, onCopied);
  const [had, has] = [await sizeOf(client, from), await sizeOf(client, to)];
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
        ...plan.names.map((alias) => ({ add: { index: to, alias, ...old.aliases[alias] } })),
      ],
    },
  });
  return plan;
}

async function lookAtOld(
  client: OpenSearchClient,
  index: string,
): Promise<{ readonly from: string; readonly old: OldIndex }> {
  const answer = await patiently(client, { method: "GET", path: `/${index}` });
  if (answer.status === 404) {
    throw new JobError(
      "INDEX_MISFIT",
      `There is no index "${index}": name the one that the job writes to with --index.`,
    );
  }
  const [first, ...others] = Object.entries(ok("look at", index, answer) as Record<string, OldIndex>);
  if (first === undefined || others.length > 0) {
    throw new JobError(
      "INDEX_MISFIT",
      `"${index}" is an alias of several indexes: migrate each of them by its own name (--index).`,
    );
  }
  const [from, old] = first;
  if (isOurs(old.mappings._meta)) return { from, old };
  throw new JobError(
    "INDEX_MISFIT",
    `Index "${from}" was not made by the job, so its form is yours to change: create one with nested messages, and copy the documents with _reindex.`,
  );
}

/** The present form, with the old index's vectors, its number of shards and copies, and fields that others have added. */
function definitionOf(old: OldIndex, icu: boolean): IndexDefinition {
  const connection = { endpoint: "" };
  const settings = openSearchSettings({ connection, index: "", dimension: 1, stream: "" });
  const { settings: own, mappings } = documentIndex(settings, icu);
  const { properties = {}, _meta: meta } = old.mappings;
  const { embedding = mappings.properties["embedding"]! } = properties;
  return {
    settings: { ...own, ...settingsOf(old, KEPT_SETTINGS) },
    mappings: {
      ...mappings,
      _meta: { ...meta, ...OWNER },
      properties: { ...properties, ...mappings.properties, embedding },
    },
  };
}

function settingsOf({ settings }: OldIndex, names: readonly string[]): Readonly<Record<string, unknown>> {
  const given = names.filter((name) => settings.index[name] !== undefined);
  return Object.fromEntries(given.map((name) => [`index.${name}`, settings.index[name]]));
}

/** Makes the new index, unless it is there from a migration that was interrupted since writes are blocked. */
async function makeCopy(
  client: OpenSearchClient,
  { from, to }: Migration,
  old: OldIndex,
  icu: boolean,
  wasBlocked: boolean,
): Promise<void> {
  const { settings, mappings } = definitionOf(old, icu);
  const there = await patiently(client, { method: "GET", path: `/${to}` });
  if (there.status === 200) {
    const meta = (there.body as Record<string, { mappings: { _meta?: CopyMeta } }>)[to]?.mappings._meta;
    if (meta?.copyOf !== from) {
      throw new JobError(
        "INDEX_MISFIT",
        `There is an index "${to}" already, which is no copy: rename or delete it first.`,
      );
    }
    if (wasBlocked) return;
    await must(client, "delete the outdated copy", { method: "DELETE", path: `/${to}` });
  }
  const copyMeta: CopyMeta = { ...mappings._meta, copyOf: from };
  await must(client, "create", {
    ...{ method: "PUT", path: `/${to}` },
    json: {
      settings: { ...settings, "index.refresh_interval": "-1" },
      mappings: { ...mappings, _meta: copyMeta },
    },
  });
}

interface Task {
  readonly completed?: boolean;
  readonly task?: { readonly status?: { readonly created?: number; readonly version_conflicts?: number } };
  readonly error?: { readonly type?: string };
  readonly response?: { readonly failures?: readonly { readonly cause?: { readonly type?: string } }[] };
}

/** Has OpenSearch copy what is missing; a document that is there already is a conflict, and stays. */
async function copy(
  client: OpenSearchClient,
  { from, to }: Migration,
  onCopied: (documents: number) => void,
): Promise<void> {
  const started = await must(client, "copy an index", {
    ...{ method: "POST", path: "/_reindex", query: { wait_for_completion: false } },
    json: {
      conflicts: "proceed",
      source: { index: from, size: COPIED_AT_ONCE },
      dest: { index: to, op_type: "create" },
    },
  });
  const { task: id } = started as { readonly task: string };
  for (;;) {
    const { completed, task, error, response } = (await must(client, "follow the copy to", {
      method: "GET",
      path: `/_tasks/${id}`,
    })) as Task;
    onCopied((task?.status?.created ?? 0) + (task?.status?.version_conflicts ?? 0));
    const cause = error ?? response?.failures?.[0]?.cause;
    if (cause !== undefined) {
      const why = cause.type ?? "no type";
      throw new JobError(
        "SERVICE_UNREACHABLE",
        `OpenSearch stopped copying (${why}): mend that, and run the same command again, which goes on.`,
      );
    }
    if (completed === true) return;
    await sleep(POLL_MS);
  }
}

/** Of what a search would find. */
async function sizeOf(
  client: OpenSearchClient,
  index: string,
): Promise<{ readonly documents: number; readonly bytes: number }> {
  await must(client, "refresh", { method: "POST", path: `/${index}/_refresh` });
  const { count } = (await must(client, "count", { method: "GET", path: `/${index}/_count` })) as {
    readonly count: number;
  };
  const stats = await must(client, "measure", { method: "GET", path: `/${index}/_stats/store` });
  const { _all: all } = stats as {
    readonly _all?: { readonly primaries?: { readonly store?: { readonly size_in_bytes?: number } } };
  };
  return { documents: count, bytes: all?.primaries?.store?.size_in_bytes ?? 0 };
}

async function exists(client: OpenSearchClient, index: string): Promise<boolean> {
  return (await patiently(client, { method: "GET", path: `/${index}` })).status === 200;
}

function blocksOf({ settings }: OldIndex): Readonly<Record<string, unknown>> {
  return (settings.index["blocks"] ?? {}) as Readonly<Record<string, unknown>>;
}

async function must(client: OpenSearchClient, what: string, request: OpenSearchRequest): Promise<unknown> {
  return ok(what, request.path, await patiently(client, request));
}

function ok(what: string, path: string, answer: OpenSearchAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw refusal(`${what} (${path})`, answer);
}
