/**
 * Remembers the documents that OpenSearch fails on while it takes others, and decides how long to go on with one. After
 * a crash it begins anew.
 */
import { backOffMs } from "../../../beam/retry";
import { OPENSEARCH_BACK_OFF } from "../requests/retry";

export interface FailingDocument {
  /** Failures in a row. */
  readonly failures: number;
  /** Time of the first of them. */
  readonly sinceMs: number;
}

/** Fewer may be the last moments of some trouble of the cluster. */
const MIN_FAILURES = 5;
/**
 * Longer in proportion where no other document proves that only this one fails: a pipeline that fails on all, as one
 * whose model is away, has five minutes then.
 */
const UNPROVEN_FACTOR = 30;
/** Many times the longest delay: a document that was not tried for as long has gone with its bundle. */
const FORGOTTEN_AFTER_MS = 600_000;

export class FailingDocuments {
  private readonly failing = new Map<string, FailingDocument & { readonly lastMs: number }>();

  constructor(private readonly maxFailingMs: number) {}

  failed(id: string, nowMs: number): FailingDocument {
    const { failures = 0, sinceMs = nowMs } = this.failing.get(id) ?? {};
    const state = { failures: failures + 1, sinceMs, lastMs: nowMs };
    // Behind all others, so that the first one is the oldest.
    this.failing.delete(id);
    this.failing.set(id, state);
    for (const [other, { lastMs }] of this.failing) {
      if (nowMs - lastMs <= FORGOTTEN_AFTER_MS) break;
      this.failing.delete(other);
    }
    return state;
  }

  forget(id: string): void {
    this.failing.delete(id);
  }

  /** True when trying on is pointless, if others are stored. */
  mayBeHopeless({ failures, sinceMs }: FailingDocument, nowMs: number): boolean {
    return failures >= MIN_FAILURES && nowMs - sinceMs >= this.maxFailingMs;
  }

  /** True when trying on is pointless. `othersPass` tells that another document was, or would be, stored meanwhile. */
  isHopeless(document: FailingDocument, nowMs: number, othersPass: boolean): boolean {
    if (!this.mayBeHopeless(document, nowMs)) return false;
    return othersPass || nowMs - document.sinceMs >= this.maxFailingMs * UNPROVEN_FACTOR;
  }
}

export function delayMs({ failures }: FailingDocument): number {
  return backOffMs(OPENSEARCH_BACK_OFF, failures, Math.random);
}
