/** The version of an index of the job's own, as its `_meta` tells it. Pure. */
import { embeddingOf } from "./index-embedding";
import type { IndexMeta } from "./index-meta";
import { type FieldMapping, OWNER } from "./mapping";
import { misfits } from "./mapping-fit";

type Fields = Readonly<Record<string, FieldMapping>>;

export function isOurs(meta: IndexMeta | undefined): boolean {
  return meta?.application === OWNER.application;
}

/** 1 for the first one's, which not all of its indexes tell. */
export function versionOf(meta: IndexMeta | undefined): number {
  return meta?.version ?? 1;
}

/**
 * True for an index of ours that cannot be brought to the present version in place, because a field has another form.
 */
export function isOutgrown(meta: IndexMeta | undefined, wanted: Fields, existing: Fields): boolean {
  if (!isOurs(meta) || versionOf(meta) >= OWNER.version) return false;
  // Vectors are another matter: making the index anew would not change their model.
  const others = Object.entries(wanted).filter(([, { type }]) => type !== "knn_vector");
  return misfits(Object.fromEntries(others), existing, { mayLack: true }).length > 0;
}

/** The sentence that refuses an index of a version that does not fit; undefined for one that does. */
export function refusedVersion(
  name: string,
  meta: IndexMeta | undefined,
  wanted: Fields,
  existing: Fields,
): string | undefined {
  const version = versionOf(meta);
  if (isOurs(meta) && version > OWNER.version) {
    return `Index "${name}" is of version ${version} and this job writes version ${OWNER.version}: use a newer version of the job, or give another index.`;
  }
  if (!isOutgrown(meta, wanted, existing)) return undefined;
  return `Index "${name}" is of version ${version} and this job writes version ${OWNER.version}: stop the jobs that write to it, run npm run index -- migrate --index ${name} once, with the same endpoint, then start again.`;
}

/** The new `_meta` of an index of ours; undefined when it may stay. */
export function renewedMeta(wanted: IndexMeta, existing: IndexMeta | undefined): IndexMeta | undefined {
  const holds = embeddingOf(existing);
  const isTold = holds !== undefined || embeddingOf(wanted) === undefined;
  const isKeyTold = existing?.keyCheck !== undefined || wanted.keyCheck === undefined;
  if (isTold && isKeyTold && versionOf(existing) === OWNER.version) return undefined;
  return { ...existing, ...wanted, ...(holds === undefined ? {} : { embedding: holds }) };
}
