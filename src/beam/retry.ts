/**
 * The loop that retries calls which may fail for a while.
 *
 * 1. Attempts are made one after the other, with a pause between them.
 * 2. A decision (done, fatal), a bound or the signal ends the loop. Without bounds it goes on as long as `decide` says
 *    "again".
 * 3. The loop leaves neither a timer nor a listener behind.
 */
import { setTimeout as wait } from "node:timers/promises";

/** Pauses double from `baseMs` to `capMs`. */
export interface BackOff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Random share of a pause, so that many callers do not retry together: 0 is none, 1 is the whole pause. */
  readonly jitter: number;
}

/** The result of one attempt. */
export type Outcome<A> =
  { readonly kind: "answer"; readonly answer: A } | { readonly kind: "failure"; readonly error: unknown };

export interface Again {
  readonly kind: "again";
  /** Reason for logs, and for the error when the loop gives up. */
  readonly why: string;
  /** Replaces the options' back-off for this pause. */
  readonly backOff?: BackOff;
  /** Minimum of the pause, as the service asked for it (Retry-After). */
  readonly retryAfterMs?: number | undefined;
  /** True when a part of the work succeeded: bounds and pauses start again. */
  readonly progress?: boolean;
}

export type Decision<T> =
  | { readonly kind: "done"; readonly value: T }
  | Again
  /** Makes another attempt at once. It does not count as a failure. */
  | { readonly kind: "repeat" }
  | { readonly kind: "fatal"; readonly error: unknown };

export interface Failing {
  /** Consecutive failures, this one included. */
  readonly failures: number;
  /** Time since the first of these attempts started. */
  readonly failingForMs: number;
}

/** A failure, which another attempt may follow. */
export interface Failed extends Failing {
  readonly why: string;
  /** The rejection of the attempt; undefined when it had an answer. */
  readonly error: unknown;
}

/**
 * Decides what follows an attempt. The decision depends on the arguments alone, so that each case can be a row of a
 * test.
 */
export type Decide<A, T> = (outcome: Outcome<A>, failing: Failing) => Decision<T>;

export interface RetryClock {
  nowMs(): number;
  /** Returns early, resolved or rejected, when the signal is aborted. */
  sleep(delayMs: number, signal: AbortSignal | undefined): Promise<unknown>;
}

export interface Bounds<T> {
  /** Number of consecutive failures at which the loop gives up. */
  readonly maxAttempts?: number | undefined;
  /** Time since the start of the first attempt after which a failure makes the loop give up. */
  readonly maxDurationMs?: number | undefined;
  /** Called at a bound, mostly to throw. The loop resolves with its result. */
  readonly giveUp: (last: Failed) => T;
}

export interface RetryOptions<T> {
  readonly backOff: BackOff;
  readonly bounds?: Bounds<T>;
  /**
   * Aborting it ends a pause, and the loop rejects with the signal's reason. A running attempt must watch the signal by
   * itself.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called before each pause, with the failure. */
  readonly onRetry?: (failed: Failed) => void;
  /** Called with the number of consecutive failures when an attempt succeeds, or makes progress, after them. */
  readonly onRecovery?: (failures: number) => void;
  readonly clock?: RetryClock;
  /** Returns a number in [0, 1). */
  readonly random?: () => number;
}

const CLOCK: RetryClock = {
  nowMs: () => performance.now(),
  sleep: (delayMs, signal) => wait(delayMs, undefined, signal === undefined ? {} : { signal }),
};
/** Keeps the power of two far below the largest number. */
const MAX_DOUBLINGS = 30;
/** Limits Retry-After: a service that asks for more may be mistaken, so it is tried again sooner. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Returns the pause after this many consecutive failures, in milliseconds. `failures` starts at 1. */
export function backOffMs({ baseMs, capMs, jitter }: BackOff, failures: number, random: () => number): number {
  const fullMs = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS));
  return fullMs * (1 - jitter + jitter * random());
}

/** Parses a Retry-After header, in seconds or as a date. Returns milliseconds from now; undefined for anything else. */
export function retryAfterMs(header: unknown, nowMs: number = Date.now()): number | undefined {
  if (typeof header !== "string") return undefined;
  const delayMs = /^\s*\d+\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(delayMs) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, delayMs)) : undefined;
}

/** Makes a decision that accepts every answer and asks `decide` about failures. */
export function unlessAnswered<A>(
  decide: (error: unknown, failing: Failing) => Exclude<Decision<A>, { kind: "done" }>,
): Decide<A, A> {
  return (outcome, failing) =>
    outcome.kind === "answer" ? { kind: "done", value: outcome.answer } : decide(outcome.error, failing);
}

/** Makes a decision that treats every failure as fatal and asks `decide` about answers. */
export function unlessFailed<A, T>(decide: (answer: A, failing: Failing) => Decision<T>): Decide<A, T> {
  return (outcome, failing) =>
    outcome.kind === "failure" ? { kind: "fatal", error: outcome.error } : decide(outcome.answer, failing);
}

/**
 * Calls until `decide` says done, and resolves with its value. Rejects with the error of a fatal decision, with the
 * error that `giveUp` throws at a bound, or with the signal's reason.
 */
export async function retrying<A, T>(
  call: () => Promise<A>,
  decide: Decide<A, T>,
  options: RetryOptions<T>,
): Promise<T> {
  const { backOff, bounds, signal, clock = CLOCK, random = Math.random } = options;
  let startMs = clock.nowMs();
  for (let failures = 0; ;) {
    signal?.throwIfAborted();
    let outcome: Outcome<A>;
    try {
      outcome = { kind: "answer", answer: await call() };
    } catch (error) {
      signal?.throwIfAborted();
      outcome = { kind: "failure", error };
    }
    const decision = decide(outcome, { failures: failures + 1, failingForMs: clock.nowMs() - startMs });
    if (decision.kind === "repeat") continue;
    if (decision.kind === "fatal") throw decision.error;
    if (decision.kind === "done") {
      if (failures > 0) options.onRecovery?.(failures);
      return decision.value;
    }
    if (decision.progress === true) {
      if (failures > 0) options.onRecovery?.(failures);
      failures = 0;
      startMs = clock.nowMs();
    }
    failures++;
    const error = outcome.kind === "failure" ? outcome.error : undefined;
    const failed: Failed = { failures, failingForMs: clock.nowMs() - startMs, why: decision.why, error };
    if (bounds !== undefined && isBeyond(bounds, failed)) return bounds.giveUp(failed);
    options.onRetry?.(failed);
    const delayMs = Math.max(decision.retryAfterMs ?? 0, backOffMs(decision.backOff ?? backOff, failures, random));
    await pause(delayMs, signal, clock);
  }
}

function isBeyond<T>({ maxAttempts = Infinity, maxDurationMs = Infinity }: Bounds<T>, failed: Failed): boolean {
  return failed.failures >= maxAttempts || failed.failingForMs >= maxDurationMs;
}

async function pause(delayMs: number, signal: AbortSignal | undefined, clock: RetryClock): Promise<void> {
  try {
    await clock.sleep(delayMs, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
