/**
 * Why calls to services fail, as closed lists: labels of metrics stay few, and hold nothing that a service said. The
 * words are values of OpenTelemetry's `error.type`, which has "_OTHER" for all others.
 */
import { type Counter, type Histogram, histogram, type HistogramSpec, type Metrics } from "../beam";
import type { Stage } from "../chat/stages";

/** `day_quota` may last for hours; `account` is a refusal of the account, which may be being set up. */
const MODEL_CAUSES = [
  "throttled",
  "day_quota",
  "unavailable",
  "timeout",
  "credentials",
  "clock",
  "model_error",
  "account",
] as const;

/** Why a call, or a document, is sent again, by the stage that sends it. */
export const RETRY_CAUSES = {
  /** `conflict`: the stream is being changed. */
  source: ["throttled", "unavailable", "timeout", "network", "credentials", "clock", "conflict", "_OTHER"],
  summarise: MODEL_CAUSES,
  embed: MODEL_CAUSES,
  /** `document`: OpenSearch fails on this document alone; `blocked`: a block of the index or the cluster. */
  write: ["throttled", "unavailable", "timeout", "network", "credentials", "clock", "blocked", "document", "_OTHER"],
} as const satisfies Partial<Record<Stage, readonly string[]>>;

export type CallingStage = keyof typeof RETRY_CAUSES;
export type RetryCauseOf<S extends CallingStage> = (typeof RETRY_CAUSES)[S][number];

/** Why an answer took no effect: of a call to a model, and of a bulk request. */
export const FAILED_CALL_CAUSES = [...MODEL_CAUSES, "too_long", "refused"] as const;
export const FAILED_BULK_CAUSES = [
  "throttled",
  "unavailable",
  "timeout",
  "network",
  "credentials",
  "clock",
  "blocked",
  "rejected",
  "_OTHER",
] as const;

/** Causes by which a service says that there are too many calls. */
const THROTTLING: ReadonlySet<string> = new Set(["throttled", "day_quota"]);
/** Stages whose throttled calls are counted; OpenSearch throttles documents. */
export const THROTTLED_STAGES = ["source", "summarise", "embed"] as const satisfies readonly CallingStage[];

export function isThrottling(cause: string): boolean {
  return THROTTLING.has(cause);
}

/** Name of the counter of what a stage sent again for a cause: of letters alone, so that CloudWatch gets it. */
export function retryCounter(stage: CallingStage, cause: string): string {
  return `retries${capitalised(stage)}${cause.split("_").map(capitalised).join("")}`;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

/**
 * Counts what a stage sends again: `retries`, `throttles` of them, and one counter for each cause. The last exist only
 * once there is something to count, because CloudWatch is paid for each.
 */
export class RetryCounters<S extends CallingStage> {
  private readonly retries: Counter;
  private readonly throttles: Counter;

  constructor(
    private readonly stage: S,
    private readonly metrics: Metrics,
  ) {
    this.retries = metrics.counter("retries");
    this.throttles = metrics.counter("throttles");
  }

  count(cause: RetryCauseOf<S>, times = 1): void {
    this.retries.inc(times);
    if (isThrottling(cause) && this.stage !== "write") this.throttles.inc(times);
    this.metrics.counter(retryCounter(this.stage, cause)).inc(times);
  }
}

/** Histograms of failed calls, one for each cause, which exist only once there is something to record. */
export class FailedDurations<Cause extends string> {
  private readonly histograms = new Map<Cause, Histogram>();

  constructor(
    private readonly metrics: Metrics,
    private readonly specOf: (cause: Cause) => HistogramSpec,
  ) {}

  record(cause: Cause, durationMs: number): void {
    let own = this.histograms.get(cause);
    if (own === undefined) this.histograms.set(cause, (own = histogram(this.metrics, this.specOf(cause))));
    own.record(durationMs);
  }
}
