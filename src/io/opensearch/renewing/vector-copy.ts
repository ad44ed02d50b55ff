/**
 * A copy of an index with vectors of another model: what it is to be, and what it lacks yet.
 *
 * Each document is in the copy under a version number that is made of the writing that it was copied from. So the copy
 * itself tells what is done, however often the work was interrupted, and an older writing never replaces a newer one.
 */
import { JobError } from "../../../chat/errors";
import type { DocumentVersion } from "../../../chat/plan";
import { bareModelId } from "../../aws/model-id";
import { dropOperation, sendBulk } from "../requests/bulk";
import type { OpenSearchClient } from "../requests/client";
import {
  baseName,
  type Copy,
  copiedCount,
  copyForm,
  type IndexSize,
  lookAtOwn,
  must,
  namesOf,
  type OldIndex,
  sizeOf,
} from "./index-copy";
import { embeddingOf, type IndexEmbedding } from "../indexes/index-embedding";
import { refusedVersion } from "../indexes/index-version";
import { documentsInOrder } from "../requests/in-order";
import { documentIndex, type IndexDefinition, OWNER } from "../indexes/mapping";
import { multiGet } from "../requests/multi-get";
import type { OpenSearchSettings } from "../settings";

export interface VectorCopy extends Copy, IndexSize {
  /** Names that the new index will have. */
  readonly names: readonly string[];
  readonly held: IndexEmbedding;
  readonly wanted: IndexEmbedding;
  /** Documents that an interrupted run has brought over. */
  readonly copied: number;
  readonly old: OldIndex;
  readonly form: IndexDefinition;
}

/** A document by its id, as it was written last. */
export interface Writing {
  readonly id: string;
  readonly version: DocumentVersion;
}

/** Writings of a shard under one primary term; far more than a shard can hold documents. */
const WRITINGS_OF_TERM = 2 ** 36;
const DROPPED_AT_ONCE = 1_000;
/** Something small, as an empty list would mean all fields. */
const NO_FIELDS = ["part"];

/**
 * Says what would be made of the index `settings.index`, for vectors as the settings say. Rejects with INDEX_MISFIT
 * when that cannot be: there is none, it is not the job's, it is of an older version, or nothing would tell both
 * vectors apart.
 */
export async function planVectorCopy(
  client: OpenSearchClient,
  settings: OpenSearchSettings,
  icu: boolean,
): Promise<VectorCopy> {
  const { index, embeddingModel: model = "", dimension } = settings;
  const old = await lookAtOwn(client, index);
  const { _meta: meta, properties = {} } = old.mappings;
  // The attributes' fields are the old index's own.
  const form = copyForm(old, documentIndex({ ...settings, attributes: [] }, icu));
  const age = refusedVersion(index, meta, form.mappings.properties, properties);
  if (age !== undefined) throw new JobError("INDEX_MISFIT", age);
  const held = embeddingOf(meta) ?? { model: "", dimension: 0 };
  if (held.dimension === dimension) {
    throw new JobError(
      "INDEX_MISFIT",
      `The vectors of ${held.model} and of ${model} both have ${dimension} numbers, so OpenSearch could not refuse those of a job that still runs with the former: fill a new index (--index) from the stream instead.`,
    );
  }
  const from = old.name;
  const to = `${baseName(from)}-v${OWNER.version}-${slugOf(model)}-${dimension}`;
  return {
    ...{ from, to, names: namesOf(old, index), held, wanted: { model, dimension }, old, form },
    ...(await sizeOf(client, from)),
    copied: await copiedCount(client, to),
  };
}

/** The model's name in an index's: all that are known have "titan" in theirs. */
function slugOf(model: string): string {
  return bareModelId(model)
    .replace(/^.*?(?=titan)/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
}

/** The number under which a writing is copied; it grows with each. */
export function copyNumber({ seqNo, primaryTerm }: DocumentVersion): number {
  return primaryTerm * WRITINGS_OF_TERM + seqNo;
}

/** All documents whose present writing the copy does not have, at most `size` at once. */
export async function* uncopied(
  client: OpenSearchClient,
  copy: Copy,
  size: number,
): AsyncGenerator<readonly Writing[]> {
  let found: Writing[] = [];
  for await (const ids of pagesOf(client, copy.from, size)) {
    found.push(...(await uncopiedOf(client, copy, ids)));
    for (; found.length >= size; found = found.slice(size)) yield found.slice(0, size);
  }
  if (found.length > 0) yield found;
}

/** Finds documents whose present writing the copy does not have; a deleted one needs none. */
export async function uncopiedOf(
  client: OpenSearchClient,
  { from, to }: Copy,
  ids: readonly string[],
): Promise<readonly Writing[]> {
  const old = await multiGet(client, ids, { index: from, fields: "none" });
  const copies = await multiGet(client, ids, { index: to, fields: "none" });
  return old.flatMap((document, place) => {
    if (document === undefined || copies[place]?.versionNumber === copyNumber(document.version)) return [];
    return [{ id: document.id, version: document.version }];
  });
}

/** Deletes from the copy what the index does not have any more. */
export async function dropSurplus(
  client: OpenSearchClient,
  { from, to }: Copy,
  maxRequestBytes: number,
): Promise<void> {
  for await (const ids of pagesOf(client, to, DROPPED_AT_ONCE)) {
    const old = await multiGet(client, ids, { index: from, fields: "none" });
    const gone = ids.filter((_, place) => old[place] === undefined);
    await sendBulk(client, gone.map(dropOperation), { index: to, maxRequestBytes });
  }
}

async function* pagesOf(client: OpenSearchClient, index: string, size: number): AsyncGenerator<readonly string[]> {
  await must(client, "refresh", { method: "POST", path: `/${index}/_refresh` });
  let ids: string[] = [];
  for await (const { _id } of documentsInOrder(client, index, NO_FIELDS)) {
    ids.push(_id);
    if (ids.length < size) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}
