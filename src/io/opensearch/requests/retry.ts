/** Decides about an answer of OpenSearch. Pure, so that every case has a test. */
import type { Again, BackOff } from "../../../beam/retry";
import type { FatalCode } from "../../../chat/errors";
import type { DocumentVersion } from "../../../chat/plan";
import { NoAnswer, type OpenSearchAnswer } from "./client";
import type { FAILED_BULK_CAUSES } from "../../retry-causes";
import { denialDetail } from "./denial";
import { type ErrorCause, errorCause } from "./error-cause";

/** Half of each pause is random, so that workers do not come back together. */
export const OPENSEARCH_BACK_OFF: BackOff = { baseMs: 100, capMs: 10_000, jitter: 0.5 };

export interface Fatal {
  readonly kind: "fatal";
  readonly code: FatalCode;
  readonly message: string;
  /** True when there is no such index, or it is closed. */
  readonly isGone?: boolean;
}

/**
 * The decision about a whole request: `split` means that it may succeed in halves; a single document is refused then.
 */
export type RequestDecision =
  | { readonly kind: "answered" }
  | { readonly kind: "retry"; readonly why: string }
  | { readonly kind: "split"; readonly why: string }
  | Fatal;

/** One operation's part of a bulk answer. */
export interface BulkItem {
  readonly status?: number | undefined;
  readonly result?: string | undefined;
  readonly _id?: string | undefined;
  readonly _index?: string | undefined;
  readonly _seq_no?: number | undefined;
  readonly _primary_term?: number | undefined;
  readonly error?: ErrorCause | undefined;
}

export type ItemDecision =
  /** In this index, under the id that was asked for. */
  | { readonly kind: "stored"; readonly index: string; readonly version?: DocumentVersion }
  | { readonly kind: "retry"; readonly why: string }
  /** OpenSearch failed on this very document, or had trouble of its own: the answers to other documents tell. */
  | { readonly kind: "failing"; readonly why: string }
  /** Another writing is there, or none, than the operation was made for. */
  | { readonly kind: "conflict" }
  /** `reason` names the kind of error and the field, never the value: that could be chat text. */
  | { readonly kind: "refuse"; readonly reason: string }
  | Fatal;

/** Results of a write that changed the index. */
const WRITTEN = new Set(["created", "updated", "deleted"]);

const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
const CONTENT_TOO_LARGE = 413;
const CONFLICT = 409;
/** A deletion's answer when there is nothing. */
const NOT_FOUND = 404;

/** Kinds of error that are not the document's fault, whatever their status. */
const PASSING = new Set([
  "circuit_breaking_exception",
  // The index is read-only for a while, as when a disk is nearly full.
  "cluster_block_exception",
  "rejected_execution_exception",
  "opensearch_rejected_execution_exception",
  "unavailable_shards_exception",
]);

/** Kinds of error of a node that has too much to do. */
const THROTTLING = new Set([
  "circuit_breaking_exception",
  "rejected_execution_exception",
  "opensearch_rejected_execution_exception",
]);

/** Names what blocks an index or the cluster, such as "index write (api)". */
const BLOCK = /blocked by: \[[A-Z_]+\/\d+\/([^\];]{1,100})\]/;

/** Kinds of error of an index that someone deleted or closed: every document would be refused. */
const INDEX_GONE = new Set(["index_not_found_exception", "index_closed_exception"]);

export function decideRequest(answer: OpenSearchAnswer): RequestDecision {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "answered" };
  const cause = errorCause(answer.body);
  const why = whyOf({ status, error: cause });
  if (isPassing(status, cause)) return { kind: "retry", why };
  if (status === 401 || status === 403) return accessDenied(why, denialDetail(answer.body));
  if (INDEX_GONE.has(cause.type ?? "")) return indexGone(why);
  if (status === CONTENT_TOO_LARGE || status === 400) return { kind: "split", why };
  return {
    kind: "fatal",
    code: "SERVICE_UNREACHABLE",
    message: `OpenSearch does not take bulk requests (${why}): check the endpoint.`,
  };
}

export type FailedBulkCause = (typeof FAILED_BULK_CAUSES)[number];

/** What metrics call the failure of a request or an item that is not the document's fault. */
export function causeOf({ status, error }: Pick<BulkItem, "status" | "error">): Exclude<FailedBulkCause, "rejected"> {
  if (error?.type === "cluster_block_exception") return "blocked";
  if (status === TOO_MANY_REQUESTS || THROTTLING.has(error?.type ?? "")) return "throttled";
  if (status === REQUEST_TIMEOUT) return "timeout";
  return status !== undefined && status >= 500 ? "unavailable" : "_OTHER";
}

/** Retries a request without an answer; any other error of a client is the end. */
export function decideNoAnswer(error: unknown): Again | { readonly kind: "fatal"; readonly error: unknown } {
  return error instanceof NoAnswer ? { kind: "again", why: error.message } : { kind: "fatal", error };
}

/**
 * Decides about one item of a bulk answer, for the document `id` sent to `index`. An answer that was cut or is not
 * OpenSearch's says nothing, so the item goes again. An ingest pipeline may drop a document or give it another id;
 * OpenSearch answers 200.
 */
export function decideItem(item: BulkItem, id: string, index: string): ItemDecision {
  const { status, error = {} } = item;
  if (status === undefined) return { kind: "retry", why: "an item without a status" };
  if (status >= 200 && status < 300) return decideWritten(item, id);
  const why = whyOf(item);
  if (isPassing(status, error)) {
    const isItsOwn = status >= 500 && !PASSING.has(error.type ?? "");
    return { kind: isItsOwn ? "failing" : "retry", why };
  }
  if (status === 401 || status === 403) return accessDenied(why, denialDetail({ error }));
  if (pastAlias(error, index) !== undefined) {
    return {
      kind: "refuse",
      reason:
        "OpenSearch did not store the document: an ingest pipeline of the index sent it elsewhere, past the alias.",
    };
  }
  if (INDEX_GONE.has(error.type ?? "")) return indexGone(why);
  if (status === CONFLICT || status === NOT_FOUND) return { kind: "conflict" };
  return { kind: "refuse", reason: `OpenSearch rejected the document (${why}${fieldOf(error)}).` };
}

function versionOf({ _seq_no: seqNo, _primary_term: primaryTerm }: BulkItem): { readonly version?: DocumentVersion } {
  return seqNo === undefined || primaryTerm === undefined ? {} : { version: { seqNo, primaryTerm } };
}

function decideWritten(item: BulkItem, id: string): ItemDecision {
  const { result, _id, _index } = item;
  if (result === "noop") {
    return {
      kind: "refuse",
      reason: "OpenSearch did not store the document (result noop): an ingest pipeline of the index dropped it.",
    };
  }
  if (result === undefined || !WRITTEN.has(result) || _index === undefined || _id === undefined)
    return { kind: "retry", why: "an item that does not say what was stored" };
  // The other id is not told: a pipeline may have made it out of the document.
  if (_id !== id) {
    return {
      kind: "refuse",
      reason: "OpenSearch stored the document under another id: an ingest pipeline of the index changed it.",
    };
  }
  return { kind: "stored", index: _index, ...versionOf(item) };
}

/** The index that a pipeline sent a document to, where an alias was asked for. */
export function pastAlias({ reason = "" }: ErrorCause, index: string): string | undefined {
  const found = /\[require_alias\] request flag is \[true\] and \[([^\]]*)\] is not an alias/.exec(reason)?.[1];
  return found === index ? undefined : found;
}

/** Such as "status 400, mapper_parsing_exception"; of a block also which. */
export function whyOf({ status, error }: Pick<BulkItem, "status" | "error">): string {
  const block = error?.type === "cluster_block_exception" ? BLOCK.exec(error.reason ?? "")?.[1] : undefined;
  return [`status ${status}`, error?.type, block].filter((word) => word !== undefined).join(", ");
}

/** True for trouble that others than this document have, and for all that OpenSearch calls its own fault. */
export function isPassing(status: number, cause: ErrorCause): boolean {
  return status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT || status >= 500 || PASSING.has(cause.type ?? "");
}

function accessDenied(why: string, detail: string): Fatal {
  return {
    kind: "fatal",
    code: "ACCESS_DENIED",
    message: `OpenSearch refused the credentials (${why}): allow them to write to the index, or use others.${detail}`,
  };
}

function indexGone(why: string): Fatal {
  return {
    kind: "fatal",
    code: "INDEX_MISFIT",
    isGone: true,
    message: `The index was deleted or closed while the job ran (${why}): open it, or start the job again, which creates it.`,
  };
}

/**
 * Returns the field's name only. Names of fields are ours, so they may be told; the rest of the reason may quote the
 * value.
 */
function fieldOf(cause: ErrorCause): string {
  const field = /^(?:failed to parse|object mapping for) (?:field )?\[([A-Za-z_.]{1,64})\]/.exec(
    cause.reason ?? "",
  )?.[1];
  return field === undefined ? "" : `, field ${field}`;
}
