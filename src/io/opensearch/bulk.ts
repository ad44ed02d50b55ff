/**
 * Sends documents in bulk requests until each is stored or refused.
 *
 * 1. Every operation gets exactly one outcome, in the order given.
 * 2. After a partial failure only the failed operations are sent again.
 * 3. A request is at most `maxRequestBytes`, unless a single operation is larger.
 * 4. Trouble that passes is waited out with back-off, for ever or for `maxRetryDurationMs`; a wrong setting rejects.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../chat/errors";
import { FIRST_ATTEMPT_LOGGED, isWorthALine, roomLog } from "../../log";
import { NoAnswer, type OpenSearchAnswer, type OpenSearchClient } from "./client";
import { backOffMs, decideItem, decideRequest, type ErrorCause, type Fatal } from "./retry";

const log = roomLog("opensearch");

/** One document as it goes over the wire, serialised once. */
export interface BulkOperation {
  /** The action line and the document's line, each with its newline. */
  readonly lines: Buffer;
}

export function indexOperation(id: string, documentJson: string): BulkOperation {
  return { lines: Buffer.from(`{"index":{"_id":${JSON.stringify(id)}}}\n${documentJson}\n`) };
}

export type BulkOutcome = { readonly stored: true } | { readonly stored: false; readonly reason: string };

export interface BulkPolicy {
  readonly index: string;
  readonly maxRequestBytes: number;
  readonly maxRetryDurationMs?: number | undefined;
  /** Told how many operations are about to be sent again. */
  readonly onRetry?: (operations: number) => void;
  /** Ends the waiting; `send` then rejects. */
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly operation: BulkOperation;
  readonly index: number;
}

type RetryWait = { readonly pending: readonly Pending[]; readonly why: string };

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

/** Sends one request's worth until all of it has an outcome. */
async function settle(
  client: OpenSearchClient,
  request: readonly Pending[],
  policy: BulkPolicy,
  outcomes: BulkOutcome[],
): Promise<void> {
  let pending = request;
  let failingSinceMs: number | undefined;
  for (let attempt = 1; pending.length > 0; attempt++) {
    policy.signal?.throwIfAborted();
    const before = pending.length;
    const result = await attemptOnce(client, pending, policy, outcomes);
    if (result === "split") {
      const middle = Math.ceil(pending.length / 2);
      await settle(client, pending.slice(0, middle), policy, outcomes);
      return settle(client, pending.slice(middle), policy, outcomes);
    }
    pending = result.pending;
    if (pending.length < before && attempt > FIRST_ATTEMPT_LOGGED) log.info({ attempt }, "OpenSearch answers again");
    if (pending.length === 0) return;
    // A request that got some of its documents in is not failing: the next one waits the shortest time again.
    if (pending.length < before) {
      attempt = 1;
      failingSinceMs = undefined;
    }
    failingSinceMs ??= Date.now();
    giveUpAfter(policy, Date.now() - failingSinceMs, result);
    policy.onRetry?.(pending.length);
    if (isWorthALine(attempt)) {
      const { index } = policy;
      log.warn(
        { index, attempt, documents: pending.length, why: result.why },
        "OpenSearch keeps failing; still trying",
      );
    }
    await sleep(
      backOffMs(attempt, Math.random),
      undefined,
      policy.signal === undefined ? {} : { signal: policy.signal },
    );
  }
}

async function attemptOnce(
  client: OpenSearchClient,
  pending: readonly Pending[],
  policy: BulkPolicy,
  outcomes: BulkOutcome[],
): Promise<RetryWait | "split"> {
  let answer: OpenSearchAnswer;
  try {
    answer = await client.request({
      method: "POST",
      path: `/${policy.index}/_bulk`,
      query: { filter_path: "errors,items.*.status,items.*.error.type,items.*.error.reason" },
      lines: Buffer.concat(pending.map(({ operation }) => operation.lines)),
    });
  } catch (error) {
    if (error instanceof NoAnswer) return { pending, why: error.message };
    throw error;
  }
  const decision = decideRequest(answer);
  switch (decision.kind) {
    case "answered":
      return readItems(answer.body as BulkAnswer, pending, outcomes);
    case "retry":
      return { pending, why: decision.why };
    case "fatal":
      throw fatalError(decision);
    case "split": {
      const [single] = pending;
      if (single === undefined || pending.length > 1) return "split";
      outcomes[single.index] = { stored: false, reason: `OpenSearch rejected the document (${decision.why}).` };
      return { pending: [], why: "" };
    }
  }
}

interface BulkAnswer {
  readonly errors?: boolean;
  readonly items?: readonly Record<string, { readonly status?: number; readonly error?: ErrorCause }>[];
}

function readItems(answer: BulkAnswer, pending: readonly Pending[], outcomes: BulkOutcome[]): RetryWait {
  const items = answer.items ?? [];
  if (items.length !== pending.length) return { pending, why: "an answer without all of its items" };
  const again: Pending[] = [];
  let why = "";
  pending.forEach((each, position) => {
    const item = Object.values(items[position] ?? {})[0];
    const decision = decideItem(item?.status, item?.error ?? {});
    switch (decision.kind) {
      case "stored":
        outcomes[each.index] = { stored: true };
        break;
      case "refuse":
        outcomes[each.index] = { stored: false, reason: decision.reason };
        break;
      case "retry":
        again.push(each);
        why = decision.why;
        break;
      case "fatal":
        throw fatalError(decision);
    }
  });
  return { pending: again, why };
}

function giveUpAfter(policy: BulkPolicy, failingForMs: number, { pending, why }: RetryWait): void {
  if (policy.maxRetryDurationMs === undefined || failingForMs < policy.maxRetryDurationMs) return;
  throw new JobError(
    "PIPELINE",
    `OpenSearch did not take ${pending.length} documents for ${Math.round(failingForMs / 1000)} s (${why}): look at the cluster's health.`,
  );
}

function fatalError(decision: Fatal): JobError {
  return new JobError(decision.code, decision.message);
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
