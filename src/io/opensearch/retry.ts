/** Decides about an answer of OpenSearch. Pure, so that every case has a test. */
import type { Again, BackOff } from "../../beam/retry";
import type { FatalCode } from "../../chat/errors";
import { NoAnswer, type OpenSearchAnswer } from "./client";

/** Half of each pause is random, so that workers do not come back together. */
export const OPENSEARCH_BACK_OFF: BackOff = { baseMs: 100, capMs: 10_000, jitter: 0.5 };

export type Fatal = { readonly kind: "fatal"; readonly code: FatalCode; readonly message: string };

/**
 * The decision about a whole request: `split` means that it may succeed in halves; a single document is refused then.
 */
export type RequestDecision =
  | { readonly kind: "answered" }
  | { readonly kind: "retry"; readonly why: string }
  | { readonly kind: "split"; readonly why: string }
  | Fatal;

export type ItemDecision =
  | { readonly kind: "stored" }
  | { readonly kind: "retry"; readonly why: string }
  /** `reason` names the kind of error and the field, never the value: that could be chat text. */
  | { readonly kind: "refuse"; readonly reason: string }
  | Fatal;

export interface ErrorCause {
  readonly type?: string;
  readonly reason?: string;
  /** The shards' own causes, when a search failed. */
  readonly root_cause?: readonly ErrorCause[];
}

const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
const CONTENT_TOO_LARGE = 413;

/** Kinds of error that are not the document's fault, whatever their status. */
const PASSING = new Set([
  "circuit_breaking_exception",
  // The index is read-only for a while, as when a disk is nearly full.
  "cluster_block_exception",
  "rejected_execution_exception",
  "opensearch_rejected_execution_exception",
  "unavailable_shards_exception",
]);

/** Kinds of error of an index that someone deleted or closed: every document would be refused. */
const INDEX_GONE = new Set(["index_not_found_exception", "index_closed_exception"]);

export function decideRequest(answer: OpenSearchAnswer): RequestDecision {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "answered" };
  const cause = errorCause(answer.body);
  const why = `status ${status}${cause.type === undefined ? "" : `, ${cause.type}`}`;
  if (isPassing(status, cause)) return { kind: "retry", why };
  if (status === 401 || status === 403) return accessDenied(why);
  if (INDEX_GONE.has(cause.type ?? "")) return indexGone(why);
  if (status === CONTENT_TOO_LARGE || status === 400) return { kind: "split", why };
  return {
    kind: "fatal",
    code: "SERVICE_UNREACHABLE",
    message: `OpenSearch does not take bulk requests (${why}): check the endpoint.`,
  };
}

/** Retries a request without an answer; any other error of a client is the end. */
export function decideNoAnswer(error: unknown): Again | { readonly kind: "fatal"; readonly error: unknown } {
  return error instanceof NoAnswer ? { kind: "again", why: error.message } : { kind: "fatal", error };
}

/**
 * Decides about one item of a bulk answer. `status` is missing when the answer was cut or is not OpenSearch's: nothing
 * is known, so the item goes again.
 */
export function decideItem(status: number | undefined, cause: ErrorCause): ItemDecision {
  if (status === undefined) return { kind: "retry", why: "an item without a status" };
  if (status >= 200 && status < 300) return { kind: "stored" };
  const why = `status ${status}${cause.type === undefined ? "" : `, ${cause.type}`}`;
  if (isPassing(status, cause)) return { kind: "retry", why };
  if (status === 401 || status === 403) return accessDenied(why);
  if (INDEX_GONE.has(cause.type ?? "")) return indexGone(why);
  return { kind: "refuse", reason: `OpenSearch rejected the document (${why}${fieldOf(cause)}).` };
}

function isPassing(status: number, cause: ErrorCause): boolean {
  return status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT || status >= 500 || PASSING.has(cause.type ?? "");
}

function accessDenied(why: string): Fatal {
  return {
    kind: "fatal",
    code: "ACCESS_DENIED",
    message: `OpenSearch refused the credentials (${why}): allow them to write to the index, or use others.`,
  };
}

function indexGone(why: string): Fatal {
  return {
    kind: "fatal",
    code: "INDEX_MISFIT",
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

export function errorCause(body: unknown): ErrorCause {
  const error = isObject(body) ? body["error"] : undefined;
  return isObject(error) ? error : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
