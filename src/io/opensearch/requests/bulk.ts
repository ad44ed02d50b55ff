/**
 * Sends documents in bulk requests until each is stored, refused, or fails while the cluster works.
 *
 * 1. Every operation gets exactly one outcome, in the order given.
 * 2. After a partial failure only the failed operations are sent again.
 * 3. A request is at most `maxRequestBytes`, unless a single operation is larger.
 * 4. Trouble that passes is waited out with back-off, for ever or for `maxRetryDurationMs`; a wrong setting rejects.
 * 5. An operation that OpenSearch fails on by itself waits for nothing here: others wait with it.
 */
import { type Decision, retrying } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import type { DocumentVersion } from "../../../chat/plan";
import { roomLog } from "../../../log";
import type { RetryCauseOf } from "../../retry-causes";
import { logFailures, logRecovery } from "../../retry";
import { NoAnswer, type OpenSearchClient } from "./client";
import { errorCause } from "./error-cause";
import {
  type BulkItem,
  causeOf,
  decideItem,
  decideNoAnswer,
  decideRequest,
  type FailedBulkCause,
  type Fatal,
  OPENSEARCH_BACK_OFF,
} from "./retry";

const log = roomLog("opensearch");

/** One document as it is sent, serialised once. */
export interface BulkOperation {
  readonly id: string;
  /** The action line and the document's line, each with its newline. */
  readonly lines: Buffer;
}

export function indexOperation(id: string, documentJson: string): BulkOperation {
  return { id, lines: Buffer.from(`{"index":{"_id":${JSON.stringify(id)}}}\n${documentJson}\n`) };
}

/** Writes a document in the place of one writing of it, or of none: otherwise it is a conflict. */
export function exactOperation(id: string, documentJson: string, replaces: DocumentVersion | undefined): BulkOperation {
  const action = replaces === undefined ? { create: { _id: id } } : { index: { _id: id, ...ifVersion(replaces) } };
  return { id, lines: Buffer.from(`${JSON.stringify(action)}\n${documentJson}\n`) };
}

/**
 * Writes a document under a number of one's own, unless it is there under the same or a higher one: that is a conflict.
 */
export function numberedOperation(id: string, documentJson: string, version: number): BulkOperation {
  const action = { index: { _id: id, version, version_type: "external" } };
  return { id, lines: Buffer.from(`${JSON.stringify(action)}\n${documentJson}\n`) };
}

/** Deletes a document, whatever is written in it. */
export function dropOperation(id: string): BulkOperation {
  return { id, lines: Buffer.from(`${JSON.stringify({ delete: { _id: id } })}\n`) };
}

/** Deletes one writing of a document; it is a conflict when that is not there. */
export function deleteOperation(id: string, version: DocumentVersion): BulkOperation {
  return { id, lines: Buffer.from(`${JSON.stringify({ delete: { _id: id, ...ifVersion(version) } })}\n`) };
}

function ifVersion({ seqNo, primaryTerm }: DocumentVersion): object {
  return { if_seq_no: seqNo, if_primary_term: primaryTerm };
}

export type BulkOutcome =
  | { readonly kind: "stored"; readonly index: string; readonly version?: DocumentVersion }
  /** Another writing is there, or none, than the operation was made for. */
  | { readonly kind: "conflict" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "failing"; readonly why: string };

/** The index was deleted, or closed, or the alias leads to none. */
export class IndexGone extends JobError {}

export interface BulkPolicy {
  readonly index: string;
  /** True when the index is an alias: OpenSearch would make an index of that name when the alias is gone. */
  readonly isAlias?: boolean;
  readonly maxRequestBytes: number;
  readonly maxRetryDurationMs?: number | undefined;
  /** Called with a cause for each operation that is about to be sent again. */
  readonly onRetry?: (causes: readonly RetryCauseOf<"write">[]) => void;
  /** Called with the time of each request, and why it failed as a whole. */
  readonly onRequest?: (durationMs: number, failure: FailedBulkCause | undefined) => void;
  /** Ends the waiting; `send` then rejects. */
  readonly signal?: AbortSignal;
}

/** The part of an answer that is read. */
export const ITEM_FIELDS = [
  ...["status", "result", "_id", "_index", "_seq_no", "_primary_term"],
  ...["error.type", "error.reason"],
]
  .map((field) => `items.*.${field}`)
  .join(",");

interface Pending {
  readonly operation: BulkOperation;
  readonly index: number;
}

type Attempt =
  | { readonly kind: "settled" }
  /** The request may succeed in halves. */
  | { readonly kind: "split" }
  | {
      readonly kind: "left";
      readonly pending: readonly Pending[];
      /** Of each pending operation, in order. */
      readonly causes: readonly RetryCauseOf<"write">[];
      readonly why: string;
      /** True when the request stored some of its documents: then it is not failing. */
      readonly progress: boolean;
      readonly retryAfterMs?: number | undefined;
    };

export async function sendBulk(
  client: OpenSearchClient,
  operations: readonly BulkOperation[],
  policy: BulkPolicy,
): Promise<readonly BulkOutcome[]> {
  const outcomes = new Array<BulkOutcome>(operations.length);
  const all = operations.map((operation, index) => ({ operation, index }));
  for (const request of cut(all, policy.maxRequestBytes)) await settle(client, request, policy, outcomes);
  return outcomes;
}

/** Sends one request's operations until all of them have an outcome. */
async function settle(
  client: OpenSearchClient,
  request: readonly Pending[],
  policy: BulkPolicy,
  outcomes: BulkOutcome[],
): Promise<void> {
  const { index, maxRetryDurationMs, signal } = policy;
  let pending = request;
  let causes: readonly RetryCauseOf<"write">[] = [];
  const end = await retrying<Attempt, "settled" | "split">(
    async () => {
      const attempt = await attemptOnce(client, pending, policy, outcomes).catch((error: unknown) => {
        if (error instanceof NoAnswer) causes = pending.map(() => error.kind);
        throw error;
      });
      if (attempt.kind === "left") ({ pending, causes } = attempt);
      return attempt;
    },
    (outcome) => (outcome.kind === "failure" ? decideNoAnswer(outcome.error) : decideAttempt(outcome.answer)),
    {
      backOff: OPENSEARCH_BACK_OFF,
      signal,
      bounds: {
        maxDurationMs: maxRetryDurationMs,
        giveUp: ({ failingForMs, why }) => {
          throw new JobError(
            "PIPELINE",
            `OpenSearch did not take ${pending.length} documents for ${Math.round(failingForMs / 1000)} s (${why}): look at the cluster's health.`,
          );
        },
      },
      onRetry: ({ failures, why }) => {
        policy.onRetry?.(causes);
        logFailures(log, "OpenSearch", failures, { index, documents: pending.length, why });
      },
      onRecovery: (failures) => logRecovery(log, "OpenSearch", failures, { index }),
    },
  );
  if (end === "settled") return;
  const middle = Math.ceil(pending.length / 2);
  await settle(client, pending.slice(0, middle), policy, outcomes);
  await settle(client, pending.slice(middle), policy, outcomes);
}

function decideAttempt(attempt: Attempt): Decision<"settled" | "split"> {
  if (attempt.kind !== "left") return { kind: "done", value: attempt.kind };
  const { why, retryAfterMs, progress } = attempt;
  return { kind: "again", why, retryAfterMs, progress };
}

async function attemptOnce(
  client: OpenSearchClient,
  pending: readonly Pending[],
  policy: BulkPolicy,
  outcomes: BulkOutcome[],
): Promise<Attempt> {
  const startMs = performance.now();
  const tell = (failure?: FailedBulkCause): void => policy.onRequest?.(performance.now() - startMs, failure);
  const answer = await client
    .request({
      method: "POST",
      path: `/${policy.index}/_bulk`,
      query: { filter_path: ITEM_FIELDS, ...(policy.isAlias === true ? { require_alias: true } : {}) },
      lines: Buffer.concat(pending.map(({ operation }) => operation.lines)),
    })
    .catch((error: unknown) => {
      if (error instanceof NoAnswer) tell(error.kind);
      throw error;
    });
  const decision = decideRequest(answer);
  const cause = causeOf({ status: answer.status, error: errorCause(answer.body) });
  if (decision.kind === "answered") tell();
  else tell(decision.kind === "retry" ? cause : "rejected");
  switch (decision.kind) {
    case "answered":
      return readItems(answer.body, pending, policy.index, outcomes);
    case "retry":
      return {
        ...{ kind: "left", pending, causes: pending.map(() => cause), why: decision.why },
        ...{ progress: false, retryAfterMs: answer.retryAfterMs },
      };
    case "fatal":
      throw fatalError(decision);
    case "split": {
      const [single] = pending;
      if (single === undefined || pending.length > 1) return { kind: "split" };
      outcomes[single.index] = { kind: "refused", reason: `OpenSearch rejected the document (${decision.why}).` };
      return { kind: "settled" };
    }
  }
}

/** The items of a bulk answer, in order. */
export function itemsOf(body: unknown): readonly BulkItem[] {
  const { items = [] } = (body ?? {}) as { readonly items?: readonly Record<string, BulkItem>[] };
  return items.map((item) => Object.values(item)[0] ?? {});
}

function readItems(body: unknown, pending: readonly Pending[], index: string, outcomes: BulkOutcome[]): Attempt {
  const items = itemsOf(body);
  if (items.length !== pending.length)
    return {
      ...{ kind: "left", pending, causes: pending.map(() => "_OTHER"), why: "an answer without all of its items" },
      progress: false,
    };
  const again: Pending[] = [];
  const causes: RetryCauseOf<"write">[] = [];
  let why = "";
  pending.forEach((each, position) => {
    const decision = decideItem(items[position] ?? {}, each.operation.id, index);
    switch (decision.kind) {
      case "stored":
      case "failing":
      case "conflict":
        outcomes[each.index] = decision;
        break;
      case "refuse":
        outcomes[each.index] = { kind: "refused", reason: decision.reason };
        break;
      case "retry":
        again.push(each);
        causes.push(causeOf(items[position] ?? {}));
        why = decision.why;
        break;
      case "fatal":
        throw fatalError(decision);
    }
  });
  if (again.length === 0) return { kind: "settled" };
  return { kind: "left", pending: again, causes, why, progress: again.length < pending.length };
}

function fatalError({ code, message, isGone }: Fatal): JobError {
  return isGone === true ? new IndexGone(code, message) : new JobError(code, message);
}

function* cut(all: readonly Pending[], maxBytes: number): Generator<readonly Pending[]> {
  let request: Pending[] = [];
  let bytes = 0;
  for (const each of all) {
    const size = each.operation.lines.length;
    if (request.length > 0 && bytes + size > maxBytes) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(each);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
