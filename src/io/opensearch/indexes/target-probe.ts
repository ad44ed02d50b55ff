/**
 * Asks OpenSearch what would happen to a document of the job, by two writes that can never succeed: each demands a
 * version that no document has. They go the whole way of a write (alias, blocks, pipelines, mapping, shard) and leave
 * neither a document nor a trace in the index. Pure.
 */
import type { OpenSearchRequest } from "../requests/client";
import { denialDetail } from "../requests/denial";
import type { FieldMapping, Target } from "./mapping";
import { type BulkItem, isPassing, pastAlias, whyOf } from "../requests/retry";

/** Ids of the documents that are never written; also the user in them. */
export const PROBE_ID = "beam-chat-sessions-check";
/** The largest that a JSON number can tell, so no document has had as many versions. */
const NEVER = { if_seq_no: Number.MAX_SAFE_INTEGER, if_primary_term: Number.MAX_SAFE_INTEGER } as const;
/** Less than a client's patience; OpenSearch's own is a minute. */
const SHARD_TIMEOUT = "10s";

/** SERVICE_UNREACHABLE: not for ever, so that a running job waits. */
type RefusalCode = "INDEX_MISFIT" | "ACCESS_DENIED" | "SERVICE_UNREACHABLE";

export type Verdict =
  /** `document` is false where a pipeline decided about the probe, so that other documents may fare otherwise. */
  | { readonly kind: "takes"; readonly document: boolean }
  | { readonly kind: "refuses"; readonly code: RefusalCode; readonly message: string }
  | { readonly kind: "again"; readonly why: string };

/**
 * A delete, which no pipeline sees, and an index operation. Both go to the shard of the document `beside`, if given.
 */
export function probeRequest(target: Target, isAlias: boolean, beside?: string): OpenSearchRequest {
  const meta = { _id: PROBE_ID, ...NEVER, ...(beside === undefined ? {} : { routing: beside }) };
  const lines = [{ delete: meta }, { index: meta }, sampleOf(target.definition.mappings.properties)];
  return {
    method: "POST",
    path: `/${target.index}/_bulk`,
    query: { timeout: SHARD_TIMEOUT, ...(isAlias ? { require_alias: true } : {}) },
    lines: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
  };
}

/** `names` are the indexes that the target's name stands for. */
export function decideProbe(index: string, names: ReadonlySet<string>, items: readonly BulkItem[]): Verdict {
  const [deletion, indexing] = items;
  if (deletion === undefined || indexing === undefined) return { kind: "again", why: "an answer without its items" };
  for (const item of [deletion, indexing]) {
    const refusal = refusalOf(index, item);
    if (refusal !== undefined) return refusal;
  }
  if (!isConflict(deletion)) return aboutDeletion(index, deletion);
  const moved = isConflict(indexing) || isDone(indexing) ? movedBy(indexing, names) : undefined;
  if (moved !== undefined) {
    const message = `The ingest pipeline of index "${index}" gives documents another ${moved}, so that a replay could not overwrite them: take that out of the pipeline, or give another index.`;
    return { kind: "refuses", code: "INDEX_MISFIT", message };
  }
  return { kind: "takes", document: isConflict(indexing) };
}

/** Known sentences of OpenSearch, about targets that take no document of the job at all. */
const REFUSALS: readonly (readonly [pattern: RegExp, cure: (index: string, found: string) => string])[] = [
  [
    /no write index is defined for alias/,
    (index) =>
      `"${index}" is an alias of several indexes, and none of them is its write index: set is_write_index for one of them, or give an index.`,
  ],
  [
    /op_type of create are allowed in data streams/,
    (index) =>
      `"${index}" is a data stream, which cannot overwrite documents as a replay must: give an index, or an alias of one.`,
  ],
  [
    /^routing is required/,
    (index) =>
      `Index "${index}" requires a routing for each document, which the job does not give: create it without _routing.required, or give another index.`,
  ],
  [
    /^pipeline with id \[([^\]]*)\] does not exist/,
    (index, pipeline) =>
      `Index "${index}" sends documents through the ingest pipeline "${pipeline}", which does not exist: create it, or take it out of the index's settings (index.default_pipeline, index.final_pipeline).`,
  ],
  [
    /blocked by: \[FORBIDDEN\/(?:5|8)\/([^\]]*)\]/,
    (index, block) =>
      `Index "${index}" is blocked for writing (${block}): take index.blocks.write and index.blocks.read_only off, or give another index.`,
  ],
  [
    /blocked by: \[FORBIDDEN\/(?:6|13)\/([^\]]*)\]/,
    (_index, block) => `The cluster takes no documents (${block}): take cluster.blocks.read_only off.`,
  ],
];

/** OpenSearch takes the block off by itself when there is space again. */
const DISK_FULL = /blocked by: \[(?:TOO_MANY_REQUESTS|FORBIDDEN)\/12\//;

function refusalOf(index: string, item: BulkItem): Verdict | undefined {
  const { type, reason = "" } = item.error ?? {};
  const refuses = (message: string, code: RefusalCode = "INDEX_MISFIT"): Verdict => ({
    kind: "refuses",
    code,
    message,
  });
  const elsewhere = pastAlias(item.error ?? {}, index);
  if (elsewhere !== undefined) {
    return refuses(
      `The ingest pipeline of alias "${index}" sends documents to "${elsewhere}" past the alias: take that out of the pipeline, or give that index.`,
    );
  }
  for (const [pattern, cure] of REFUSALS) {
    const found = pattern.exec(reason);
    if (found !== null) return refuses(cure(index, found[1] ?? ""));
  }
  if (DISK_FULL.test(reason)) {
    return refuses(
      `Index "${index}" is read-only, because a disk is full, or index.blocks.read_only_allow_delete is set: free space on the cluster's disks, or take the block off.`,
      "SERVICE_UNREACHABLE",
    );
  }
  switch (type ?? "") {
    case "index_closed_exception":
      return refuses(`Index "${index}" is closed: open it, or give another index.`);
    case "index_not_found_exception":
      return refuses(`There is no index "${index}" any more: start the job again, which creates it.`);
    // Only a mapping throws these; they quote the probe, which holds nobody's words.
    case "mapper_parsing_exception":
    case "strict_dynamic_mapping_exception":
      return refuses(
        `Index "${index}" refuses documents of the job's form (${reason}): give another index, or delete this one so that it is created anew.`,
      );
    case "security_exception":
      return {
        kind: "refuses",
        code: "ACCESS_DENIED",
        message: `The credentials may not write to index "${index}": allow indices:data/write/* on it, or use others.${denialDetail(item)}`,
      };
    default:
      return undefined;
  }
}

/** A delete that came to no shard: no pipeline has a part in that, so it is true of all documents. */
function aboutDeletion(index: string, { status, error = {} }: BulkItem): Verdict {
  const why = whyOf({ status, error });
  if (status === undefined || isPassing(status, error)) return { kind: "again", why };
  const message = `Index "${index}" takes no documents (${why}, ${error.reason}): give another index, or delete this one so that it is created anew.`;
  return { kind: "refuses", code: "INDEX_MISFIT", message };
}

function isConflict({ status, error }: BulkItem): boolean {
  return status === 409 && error?.type === "version_conflict_engine_exception";
}

function isDone({ status = 0, result }: BulkItem): boolean {
  return status < 300 && result !== "noop";
}

function movedBy({ _id, _index = "" }: BulkItem, names: ReadonlySet<string>): string | undefined {
  if (!names.has(_index)) return "index";
  return _id === PROBE_ID ? undefined : "id";
}

/** A document with each of these fields, whose user nobody is. */
function sampleOf(properties: Readonly<Record<string, FieldMapping>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([field, mapping]) => [field, sampleValue(mapping)]));
}

function sampleValue({ type, dimension = 1, properties = {} }: FieldMapping): unknown {
  switch (type ?? "object") {
    case "keyword":
    case "text":
      return PROBE_ID;
    case "date":
      return new Date(0).toISOString();
    case "integer":
    case "long":
      return 0;
    case "boolean":
      return false;
    case "binary":
      return "";
    case "knn_vector":
      return sampleVector(dimension);
    default:
      return sampleOf(properties);
  }
}

export function sampleVector(dimension: number): readonly number[] {
  return Array.from({ length: dimension }, (_, component) => (component === 0 ? 1 : 0));
}
