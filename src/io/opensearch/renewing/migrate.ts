/**
 * Makes an index of an older version anew, under the names that it has.
 *
 * 1. Writes to the old index are blocked; it stays searchable. Whoever writes to it waits.
 * 2. OpenSearch copies its documents, with their ids, into a new index beside it. What an interrupted copy has brought
 *    over stays if the old index has had no write since; if it goes on by itself, it is ended first.
 * 3. If both hold as many documents, the old one is deleted and the new one gets its names, in one step.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../../chat/errors";
import type { OpenSearchClient } from "../requests/client";
import {
  baseName,
  blockAndSwitch,
  type Copy,
  copiedCount,
  copyForm,
  lookAtOwn,
  makeCopy,
  must,
  namesOf,
  type OldIndex,
  sizeOf,
} from "./index-copy";
import { isOutgrown, refusedVersion, versionOf } from "../indexes/index-version";
import { documentIndex, type IndexDefinition, OWNER } from "../indexes/mapping";
import { patiently } from "../requests/patiently";
import { openSearchSettings } from "../settings";

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

/** Documents with vectors are some 25 KB; OpenSearch's own 1,000 would be read at once. */
const COPIED_AT_ONCE = 200;
const POLL_MS = 250;

/**
 * Says what `migrate` would do; undefined when the index fits as it is. Rejects with INDEX_MISFIT when it cannot be
 * made anew: there is none, or it is not the job's.
 */
export async function planMigration(
  client: OpenSearchClient,
  index: string,
  icu: boolean,
): Promise<Migration | undefined> {
  const old = await lookAtOwn(client, index);
  const from = old.name;
  const { _meta: meta, properties = {} } = old.mappings;
  const { mappings: wanted } = definitionOf(old, icu);
  if (!isOutgrown(meta, wanted.properties, properties)) {
    const newer = refusedVersion(index, meta, wanted.properties, properties);
    if (newer !== undefined) throw new JobError("INDEX_MISFIT", newer);
    return undefined;
  }
  const to = `${baseName(from)}-v${OWNER.version}`;
  return {
    ...{ from, to, fromVersion: versionOf(meta), toVersion: OWNER.version, names: namesOf(old, index) },
    ...(await sizeOf(client, from)),
    copied: await copiedCount(client, to),
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
  const old = await lookAtOwn(client, index);
  await blockAndSwitch(client, plan, old, async (writes) => {
    await endOrphans(client, plan);
    await makeCopy(client, old, plan.to, definitionOf(old, icu), writes);
    await copy(client, plan, onCopied);
  });
  return plan;
}

/** The present form, with the old index's vectors. */
function definitionOf(old: OldIndex, icu: boolean): IndexDefinition {
  const connection = { endpoint: "" };
  const form = documentIndex(openSearchSettings({ connection, index: "", dimension: 1, stream: "" }), icu);
  const { embedding = form.mappings.properties["embedding"]! } = old.mappings.properties ?? {};
  const properties = { ...form.mappings.properties, embedding };
  return copyForm(old, { ...form, mappings: { ...form.mappings, properties } });
}

interface RunningTask {
  readonly node: string;
  readonly id: number;
  readonly description?: string;
}

/**
 * Ends copies that an interrupted migration has left to OpenSearch: one that writes on would make the index again where
 * it is deleted as outdated. Where the credentials may not end them, waits for their end.
 */
async function endOrphans(client: OpenSearchClient, { from, to }: Copy): Promise<void> {
  const query = { actions: "*reindex", detailed: true, group_by: "none" };
  for (const asked = new Set<string>(); ;) {
    const { tasks = [] } = (await must(client, "look for running copies", {
      ...{ method: "GET", path: "/_tasks" },
      query,
    })) as { readonly tasks?: readonly RunningTask[] };
    const own = tasks.filter(
      ({ description = "" }) => description.includes(`[${from}]`) && description.includes(`[${to}]`),
    );
    if (own.length === 0) return;
    for (const task of own.map(({ node, id }) => `${node}:${id}`)) {
      if (!asked.has(task)) await patiently(client, { method: "POST", path: `/_tasks/${task}/_cancel` });
      asked.add(task);
    }
    await sleep(POLL_MS);
  }
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
