/**
 * Calls of one model for one DoFn instance: permit, time-out, retries, metrics.
 *
 * 1. A permit of the rate controller is held while a call is under way: from when its request, written and signed, may
 *    be sent until its answer is here. It is not held while an answer is taken apart, nor while the call waits to be
 *    repeated.
 * 2. A call ends with an answer, with a refusal that is data, or with an error: fatal ones at once, temporary ones when
 *    the model has answered nobody for `maxRetryDurationMs` (never, without it) or the instance is torn down. A model
 *    that is merely slow or throttles never ends a call: giving up would repeat the work of others.
 * 3. A service's words about the input enter no error and no reason.
 * 4. A refusal is data only when the model gave others a useful answer after it (refusal-check.ts), and then refuses
 *    this input again: the first refusal may have been everybody's. The same holds for answers that are of no use,
 *    which the stages judge. An account that is being set up is waited for, as long as for a proof.
 */
import { setMaxListeners } from "node:events";
import { type Histogram, histogram, type Metrics } from "../../beam";
import { type BackOff, type Decision as LoopDecision, type Failed, retrying, unlessFailed } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { roomLog } from "../../log";
import { failureOf } from "../aws/failure";
import { FailedDurations, RetryCounters } from "../retry-causes";
import { logged } from "../retry";
import type { BedrockClient, Send } from "./client";
import { callDuration, type FailedCallCause, failedCallDuration, type ModelStageName } from "./measures";
import { type CallOutcome, type RateController } from "./rate-controller";
import type { Probe } from "./probe";
import { failedProbe, type Probed, type RefusalCheck } from "./refusal-check";
import {
  BACK_OFF,
  type CallFacts,
  decide,
  type Decision,
  ERROR_TYPES,
  errorTypeOf,
  isRetryCause,
  jobErrorOf,
} from "./retry";
import type { BedrockSettings } from "./settings";
import { judgeTrouble, type Trouble } from "./trouble";

const log = roomLog("bedrock");

export type CallResult<T> =
  /** `sentMs`, of `performance.now()`, is for `noteUseful`. */
  | { readonly kind: "answer"; readonly value: T; readonly sentMs: number }
  | Extract<Decision, { readonly kind: "tooLong" | "refused" }>;

type Attempt<T> =
  | CallResult<T>
  | Extract<Decision, { readonly kind: "retry" }>
  | { readonly kind: "stale" }
  /** The account is refused, which may pass. */
  | { readonly kind: "barred"; readonly error: JobError };

/** The time of one element over all its calls: the signal ends it. */
export interface Budget {
  readonly signal: AbortSignal;
}

/** AWS takes a signature for five minutes; a request that had to wait longer than this is written and signed again. */
const MAX_SIGNED_MS = 60_000;

/**
 * Elements that a stage works on at once to keep `maxConcurrentCalls` under way: while those are, some more requests
 * are written and signed, and some answers are read. The rate controller alone bounds the calls.
 */
export function elementsAtOnce({ maxConcurrentCalls }: BedrockSettings): number {
  return maxConcurrentCalls + Math.ceil(maxConcurrentCalls / 4);
}

/** Pauses while an account is being set up, which takes minutes. */
const BARRED_BACK_OFF: BackOff = { baseMs: 2_000, capMs: 30_000, jitter: 0.5 };

export interface Refusals {
  readonly check: RefusalCheck;
  /** A harmless request to the model. */
  readonly probe: Probe;
}

export class ModelCaller {
  private readonly open = new Set<AbortController>();
  private readonly retries: RetryCounters<ModelStageName>;
  private readonly duration: Histogram;
  private readonly failed: FailedDurations<FailedCallCause>;
  private readonly log: ReturnType<typeof logged>;
  private newestTrouble = "";

  constructor(
    private readonly model: string,
    private readonly settings: BedrockSettings,
    private readonly client: BedrockClient,
    private readonly rate: RateController,
    private readonly refusals: Refusals,
    metrics: Metrics,
    stage: ModelStageName,
  ) {
    this.retries = new RetryCounters(stage, metrics);
    this.duration = histogram(metrics, callDuration(stage));
    this.failed = new FailedDurations(metrics, (cause) => failedCallDuration(stage, cause));
    this.log = logged(log, "Bedrock", { model });
  }

  /** Runs all the work for one element. */
  async within<T>(work: (budget: Budget) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    // Each of the element's calls listens, and there may be many at once: Node would suspect a leak.
    setMaxListeners(0, controller.signal);
    this.open.add(controller);
    const stopWatch = this.abortInOutage(controller);
    try {
      return await work(controller);
    } finally {
      stopWatch();
      this.open.delete(controller);
      // The element's other calls are useless once one of them has failed it.
      controller.abort();
    }
  }

  /** Returns a function that ends the watch. */
  private abortInOutage(controller: AbortController): () => void {
    const { maxRetryDurationMs } = this.settings;
    if (maxRetryDurationMs === undefined) return () => undefined;
    const startMs = performance.now();
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const waitedMs = Math.min(performance.now() - startMs, this.rate.msSinceSuccess);
      if (waitedMs >= maxRetryDurationMs) controller.abort(this.outage(maxRetryDurationMs));
      else timer = setTimeout(look, Math.ceil(maxRetryDurationMs - waitedMs));
    };
    look();
    return () => clearTimeout(timer);
  }

  /** Ends all calls, under way or waiting. */
  close(): void {
    const reason = new JobError("PIPELINE", `The calls of ${this.model} were given up because their stage ended.`);
    for (const controller of this.open) controller.abort(reason);
  }

  /** Makes one call and returns the model's answer; throws `JobError` (fatal, or PIPELINE in an outage). */
  async call<T>(budget: Budget, send: Send<T>): Promise<CallResult<T>> {
    const trouble: Trouble = { modelErrors: 0, timeOuts: 0 };
    for (let isProven = false; ; isProven = true) {
      const result = await retrying<Attempt<T>, CallResult<T>>(
        () => this.attempt(budget, send),
        unlessFailed((attempt) => this.judge(attempt, trouble)),
        // No spread of settings here: it would cost more than everything else that a call adds to its answer.
        {
          backOff: BACK_OFF.unavailable,
          signal: budget.signal,
          onRetry: this.onRetry,
          onRecovery: this.log.onRecovery,
        },
      );
      if (result.kind !== "refused" || result.isCertain || isProven) return result;
      await this.settle(budget);
    }
  }

  /**
   * Notes that the call sent at `sentMs` was answered in a useful way, so that the model does not refuse everything.
   */
  noteUseful(sentMs: number): void {
    this.refusals.check.answered(sentMs);
  }

  /** Resolves when the model has given a useful answer, to anybody, to a call sent after this moment. */
  settle(budget: Budget): Promise<void> {
    return this.refusals.check.settle(performance.now(), () => this.probe(budget), budget.signal);
  }

  private readonly onRetry = (failed: Failed): void => {
    this.retries.count(isRetryCause(failed.why) ? ERROR_TYPES[failed.why] : "account");
    this.newestTrouble = failed.why;
    this.log.onRetry(failed);
  };

  private judge<T>(attempt: Attempt<T>, trouble: Trouble): LoopDecision<CallResult<T>> {
    switch (attempt.kind) {
      case "stale":
        return { kind: "repeat" };
      case "barred":
        trouble.barredSinceMs ??= performance.now();
        if (performance.now() - trouble.barredSinceMs >= this.refusals.check.maxUndecidedMs) {
          return { kind: "fatal", error: attempt.error };
        }
        return { kind: "again", why: attempt.error.message, backOff: BARRED_BACK_OFF };
      case "retry":
        return judgeTrouble(attempt, trouble, this.rate.isDown);
      case "answer":
      case "tooLong":
      case "refused":
        return { kind: "done", value: attempt };
    }
  }

  /** Sends the harmless request. Rejects with a fatal error alone. */
  private async probe(budget: Budget): Promise<Probed> {
    let attempt: Attempt<string | undefined>;
    try {
      attempt = await this.attempt(budget, this.refusals.probe, { mayTell: true });
    } catch (error) {
      // Others wait for this probe, too, whose elements have not ended.
      if (budget.signal.aborted) return failedProbe("given up");
      throw error;
    }
    switch (attempt.kind) {
      case "answer":
        if (attempt.value !== undefined) return failedProbe(attempt.value, true);
        this.noteUseful(attempt.sentMs);
        return { kind: "answered" };
      case "retry":
        return failedProbe(attempt.cause);
      case "stale":
        return failedProbe("waited too long for its permit");
      case "barred":
        return failedProbe(attempt.error.message, true);
      case "tooLong":
      case "refused":
        return failedProbe(attempt.reason, true);
    }
  }

  private async attempt<T>(budget: Budget, send: Send<T>, facts?: CallFacts): Promise<Attempt<T>> {
    const controller = new AbortController();
    const onEnd = (): void => controller.abort(budget.signal.reason);
    budget.signal.addEventListener("abort", onEnd, { once: true });
    const { signal } = controller;
    let timedOut = false;
    let stale = false;
    let permitted = false;
    let timer: NodeJS.Timeout | undefined;
    let startMs = 0;
    const signedMs = performance.now();
    const permit = async (): Promise<void> => {
      await this.rate.acquire(signal);
      permitted = true;
      startMs = performance.now();
      stale = startMs - signedMs > MAX_SIGNED_MS;
      if (stale) throw new Error("the request waited too long for its signature");
      timer = setTimeout(() => {
        timedOut = true;
        controller.abort();
      }, this.settings.requestTimeoutMs);
    };
    let vacated = false;
    let answeredMs: number | undefined;
    const onAnswer = (): void => {
      clearTimeout(timer);
      answeredMs = performance.now();
      if (this.rate.isDown) return;
      vacated = true;
      this.rate.vacate();
    };
    let outcome: CallOutcome = "neutral";
    try {
      const value = await send(this.client, { signal, permit, onAnswer });
      outcome = "ok";
      this.duration.record((answeredMs ?? performance.now()) - startMs);
      return { kind: "answer", value, sentMs: startMs };
    } catch (error) {
      budget.signal.throwIfAborted();
      if (stale) return { kind: "stale" };
      const decision = decide(failureOf(error, timedOut), this.model, { region: this.settings.region, ...facts });
      if (decision.kind === "fatal" && !decision.mayPass) throw jobErrorOf(decision, redacted(error));
      if (permitted) this.failed.record(errorTypeOf(decision), (answeredMs ?? performance.now()) - startMs);
      if (decision.kind === "fatal") {
        outcome = "unavailable";
        return { kind: "barred", error: jobErrorOf(decision, redacted(error)) };
      }
      outcome = outcomeOf(decision);
      return decision;
    } finally {
      clearTimeout(timer);
      budget.signal.removeEventListener("abort", onEnd);
      if (vacated) this.rate.judge(outcome);
      else if (permitted) this.rate.release(outcome);
    }
  }

  private outage(durationMs: number): JobError {
    return new JobError(
      "PIPELINE",
      `${this.model} throttled every call or gave no answer for ${Math.round(durationMs / 1_000)} s${this.newestTrouble === "" ? "" : ` (${this.newestTrouble})`}.`,
    );
  }
}

function outcomeOf(decision: Exclude<Decision, { kind: "fatal" }>): CallOutcome {
  if (decision.kind !== "retry") return "ok";
  if (decision.cause === "throttled") return "throttled";
  return decision.cause === "modelError" ? "neutral" : "unavailable";
}

/** Copies a fatal error without the service's message, which may quote the input. */
function redacted(error: unknown): Error {
  const { name } = failureOf(error);
  return Object.assign(new Error(name), { name });
}
