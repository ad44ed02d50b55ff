/**
 * The one loop that tries again what may fail for a while.
 *
 * 1. Attempts come one after the other, with a pause between two of them.
 * 2. A decision (done, fatal), a bound or the signal ends it. Without bounds it goes on for as long as it is told "again".
 * 3. Neither a timer nor a listener outlives it.
 */
import { setTimeout as wait } from "node:timers/promises";

/** Pauses double from `baseMs` to `capMs`. */
export interface BackOff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Share of a pause that is random, so that many callers do not come back together: 0 is none, 1 the whole pause. */
  readonly jitter: number;
}

/** What one attempt ended with. */
export type Outcome<A> =
  { readonly kind: "answer"; readonly answer: A } | { readonly kind: "failure"; readonly error: unknown };

export interface Again {
  readonly kind: "again";
  /** For logs and for the sentence of who gives up. */
  readonly why: string;
  /** Instead of the options' own. */
  readonly backOff?: BackOff;
  /** The service's own wish (Retry-After): the pause is at least this long. */
  readonly retryAfterMs?: number | undefined;
  /** Part of the work got done: bounds and pauses begin anew. */
  readonly progress?: boolean;
}

export type Decision<T> =
  | { readonly kind: "done"; readonly value: T }
  | Again
  /** Once more at once. It counts as no failure, because nothing has failed. */
  | { readonly kind: "repeat" }
  | { readonly kind: "fatal"; readonly error: unknown };

export interface Failing {
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Since the first of these attempts began. */
  readonly failingForMs: number;
}

/** A failure that is about to be followed by another attempt, or by none. */
export interface Failed extends Failing {
  readonly why: string;
  /** What the attempt was rejected with; undefined when it had an answer. */
  readonly error: unknown;
}

/** All that it has to know is in its arguments, so that each case is a row of a test. */
export type Decide<A, T> = (outcome: Outcome<A>, failing: Failing) => Decision<T>;

export interface RetryClock {
  nowMs(): number;
  /** Ends early, however it likes, when the signal is aborted. */
  sleep(delayMs: number, signal: AbortSignal | undefined): Promise<unknown>;
}

export interface Bounds<T> {
  /** One more failure than this is not waited for. */
  readonly maxAttempts?: number | undefined;
  /** A failure that comes later than this after the first attempt began is the last one. */
  readonly maxDurationMs?: number | undefined;
  /** What the loop resolves with then; it mostly throws. */
  readonly giveUp: (last: Failed) => T;
}

export interface RetryOptions<T> {
  readonly backOff: BackOff;
  readonly bounds?: Bounds<T>;
  /** Its abort ends pauses, and rejects with its reason. Attempts under way must watch it by themselves. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each failure that another attempt follows, before the pause. */
  readonly onRetry?: (failed: Failed) => void;
  /** Told how many failures in a row came before what is done. */
  readonly onRecovery?: (failures: number) => void;
  readonly clock?: RetryClock;
  /** In [0, 1). */
  readonly random?: () => number;
}

const CLOCK: RetryClock = {
  nowMs: () => performance.now(),
  sleep: (delayMs, signal) => wait(delayMs, undefined, signal === undefined ? {} : { signal }),
};
/** Doubling stops far below what a number can hold. */
const MAX_DOUBLINGS = 30;
/** A service that asks for more is looked after sooner: its wish may be a mistake. */
const MAX_RETRY_AFTER_MS = 60_000;

/** The pause after so many failures in a row, from 1. */
export function backOffMs({ baseMs, capMs, jitter }: BackOff, failures: number, random: () => number): number {
  const fullMs = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS));
  return fullMs * (1 - jitter + jitter * random());
}

/** A Retry-After header, in seconds or as a date, in milliseconds from now; undefined for anything else. */
export function retryAfterMs(header: unknown, nowMs: number = Date.now()): number | undefined {
  if (typeof header !== "string") return undefined;
  const delayMs = /^\s*\d+\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(delayMs) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, delayMs)) : undefined;
}

/** A decision about failures alone, where every answer is what was wanted. */
export function unlessAnswered<A>(
  decide: (error: unknown, failing: Failing) => Exclude<Decision<A>, { kind: "done" }>,
): Decide<A, A> {
  return (outcome, failing) =>
    outcome.kind === "answer" ? { kind: "done", value: outcome.answer } : decide(outcome.error, failing);
}

/** A decision about answers alone, where every failure is the end. */
export function unlessFailed<A, T>(decide: (answer: A, failing: Failing) => Decision<T>): Decide<A, T> {
  return (outcome, failing) =>
    outcome.kind === "failure" ? { kind: "fatal", error: outcome.error } : decide(outcome.answer, failing);
}

/**
 * Calls until `decide` says done, and resolves with its value. Rejects with the error of a fatal decision, with whatever
 * `giveUp` throws at a bound, or with the signal's reason.
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
